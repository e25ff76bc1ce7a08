import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ProgressMessage } from '../../../src/engine/api/image-types.ts';
import { withRootfs } from '../../contracts/storage-driver.contract.ts';
import { openImageEngine } from '../../support/image-engine.ts';
import { systemTest } from '../../support/requires.ts';
import { tempDirectory } from '../../support/temp-root.ts';

systemTest('root', 'overlay')(
  'builds an image of this machine whose tools run in it, and the same one again',
  async () => {
    using directory = tempDirectory();
    using engine = openImageEngine(join(directory.path, 'root'));
    const messages: ProgressMessage[] = [];
    const { id } = await engine.images.buildHosttools({ report: (message) => messages.push(message) });
    expect(messages.at(-1)?.status).toBe('Status: Built gantry/hosttools:latest');
    expect((await engine.images.buildHosttools()).id).toBe(id);
    const image = engine.images.resolve('gantry/hosttools');
    expect(image.config.Cmd).toEqual(['/bin/sh']);
    await engine.storage.createSnapshot('c', image.topChainId);
    const script =
      'set -e; id -un; echo a b | awk "{print \\$2}" | sed s/b/c/; ls /bin/sh; test -x /bin/ps; stat -c %a /tmp; find /etc -name passwd | xargs grep -c root; tar --version | head -1';
    const output = withRootfs(engine.storage.rootfs('c'), directory.path, (root) =>
      execFileSync('chroot', [root, '/bin/sh', '-c', script], {
        encoding: 'utf8',
        env: { PATH: '/usr/bin:/bin:/usr/sbin' },
      }),
    );
    expect(output.split('\n').slice(0, 3)).toEqual(['root', 'c', '/bin/sh']);
    expect(output).toContain('1777');
  },
);
