// A process of its own that changes a container and kills itself at a chosen outward call, told by number or name:
//   node start-worker.ts ROOT RUN_ROOT CONTAINER start|remove|mount|unmount DIE_AT
//   node start-worker.ts ROOT RUN_ROOT VOLUME create DIE_AT
import { join } from 'node:path';
import { createLocalClient } from '../../../src/engine/client/local-client.ts';
import { openEngine } from '../../../src/engine/engine.ts';
import { IMAGE } from '../../support/engine-fixture.ts';
import { withInjection } from '../../support/injected-failures.ts';

const [root = '', runRoot = '', id = '', operation = '', dieAt = '0'] = process.argv.slice(2);
const checkout = join(import.meta.dirname, '../../..');
const engine = openEngine({
  root,
  runRoot,
  shimPath: join(checkout, 'dist/gantry-shim'),
  selfCommand: [process.execPath, '--disable-warning=ExperimentalWarning', join(checkout, 'dist/main.js')],
  version: 'test',
});
const client = createLocalClient(engine);
const container = client.getContainer(id);
const volumes = { Volumes: { '/etc': {} }, HostConfig: { Binds: [`${id}:/srv/data`] } };
const operations: Readonly<Record<string, () => Promise<unknown> | undefined>> = {
  create: () => client.createContainer({ Image: IMAGE, ...volumes }),
  start: () => container.start(),
  remove: () => container.remove({ force: true }),
  mount: () => client.gantry?.addMount(id, { Volumes: { '/live': {} } }),
  unmount: () => client.gantry?.removeMount(id, { target: '/live' }),
};
await engine.containers();
await withInjection(
  (index, name) => {
    if (name === dieAt || index === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
    return false;
  },
  async ({ calls }) => {
    await operations[operation]?.();
    process.stdout.write(`${calls.length}\n`);
  },
);
process.exit(0);
