import { expect, test } from 'vitest';
import type { GantryExtensions } from '../../../src/engine/api/engine-client.ts';
import { EngineError } from '../../../src/engine/api/errors.ts';
import { fakeIsolation } from '../../support/fake-isolation.ts';
import { cli, strict } from '../run-cli.ts';

const client = {
  gantry: strict<GantryExtensions>('GantryExtensions', {
    isolation: (id: string) =>
      id === 'web'
        ? Promise.resolve(fakeIsolation({ id: 'c0ffee'.padEnd(64, '0'), spec: { name: 'web' } } as never))
        : Promise.reject(new EngineError('conflict', `container ${id} is not running: there is nothing`)),
  }),
};

test('text in sections, differences marked', async () => {
  const { stdout, code } = await cli(['inspect', '--isolation', 'web'], { client });
  expect(code).toBe(0);
  expect((await cli(['container', 'inspect', '--isolation', 'web'], { client })).stdout).toBe(stdout);
  expect(stdout).toMatch(
    /^web {2}c0ffee000000\n\nNOT AS ASKED\n! ulimit nofile {2}asked 9999:9999, got 1024:4096\n/,
  );
  expect(stdout).toMatch(/^ {2}net +4026532970 {2}shared with cache$/m);
  expect(stdout).toMatch(
    /^ {4}memory.limit_in_bytes +67108864 \(64 MiB\)\n +33554432 \(32 MiB\) counts, set on \/gantry$/m,
  );
  expect(stdout).toMatch(/^ {4}memory.memsw.limit_in_bytes +no limit$/m);
  expect(stdout).toMatch(/^ {2}seccomp +1 filter, 812 instructions$/m);
  expect(stdout).toMatch(/^ {2}permitted +as effective$/m);
});

test('names that a container chose do not talk to the terminal', async () => {
  const report = fakeIsolation({ id: 'c0ffee'.padEnd(64, '0'), spec: { name: 'web' } } as never);
  const [first, ...rest] = report.Mounts;
  const Mounts = [{ ...first, Target: '/a\u001b]0;owned\u0007\u009b31m' } as never, ...rest];
  const gantry = strict<GantryExtensions>('GantryExtensions', {
    isolation: () => Promise.resolve({ ...report, Mounts }),
  });
  const { stdout } = await cli(['inspect', '--isolation', 'web'], { client: { gantry } });
  expect(stdout).toContain('/a?]0;owned??31m');
});

test('json and templates for machines', async () => {
  const json = await cli(['inspect', '--isolation', '--format', 'json', 'web'], { client });
  expect(JSON.parse(json.stdout)).toMatchObject({ Process: { Seccomp: { Mode: 'filter', Filters: 1 } } });
  const template = '{{.Pid}}{{range .Namespaces}} {{.Kind}}={{.Sharing}}{{end}}';
  expect((await cli(['inspect', '--isolation', '-f', template, 'web'], { client })).stdout).toBe(
    '4711 user=host mnt=private net=container\n',
  );
});

test('one that does not run is told, with exit code 1, and does not hide the others', async () => {
  const run = await cli(['inspect', '--isolation', 'job', 'web'], { client });
  expect(run).toMatchObject({ code: 1, stderr: 'gantry: container job is not running: there is nothing\n' });
  expect(run.stdout).toContain('NOT AS ASKED');
  expect((await cli(['inspect', '--isolation', 'web'])).stderr).toContain('only a gantry engine');
  const image = await cli(['inspect', '--isolation', '--type', 'image', 'web'], { client });
  expect(image.stderr).toContain('--isolation is about containers, not about --type image');
  expect((await cli(['image', 'inspect', '--isolation', 'web'])).stderr).toContain(
    'unknown flag: --isolation',
  );
});
