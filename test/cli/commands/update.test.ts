import { beforeEach, describe, expect, test } from 'vitest';
import { containerNotFound } from '../../../src/engine/api/errors.ts';
import { cli, container } from '../run-cli.ts';

describe('update', () => {
  const asked: [string, unknown][] = [];
  beforeEach(() => void (asked.length = 0));
  const client = {
    getContainer: (id: string) =>
      container({
        update: (request) => {
          asked.push([id, request]);
          return id === 'nope'
            ? Promise.reject(containerNotFound(id))
            : Promise.resolve({ Warnings: ['Limitation discarded.'] });
        },
      }),
  };

  test('every container in turn, names first and warnings last, as Docker prints them', async () => {
    const run = await cli(['update', '--cpus', '1.5', '-m', '64m', 'a', 'nope', 'b'], { client });
    expect(run).toMatchObject({
      code: 1,
      stdout: 'a\nb\nLimitation discarded.\nLimitation discarded.\n',
      stderr: 'gantry: No such container: nope\n',
    });
    expect(asked.map(([id]) => id)).toEqual(['a', 'nope', 'b']);
    expect(JSON.parse(JSON.stringify(asked[0]?.[1]))).toEqual({ NanoCpus: 1.5e9, Memory: 67108864 });
  });

  test('memory of -1 is no limit here, and nowhere else', async () => {
    await cli(['update', '-m', '-1', 'a'], { client });
    expect(JSON.parse(JSON.stringify(asked[0]?.[1]))).toEqual({ Memory: -1 });
    expect((await cli(['create', '-m', '-1', 'a'])).stderr).toContain("invalid size: '-1'");
  });

  test('a restart policy travels; without a flag there is nothing to do', async () => {
    await cli(['container', 'update', '--restart', 'on-failure:3', '--pids-limit', '0', 'a'], { client });
    expect(JSON.parse(JSON.stringify(asked[0]?.[1]))).toEqual({
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
    });
    expect(await cli(['update', 'a'], { client })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('you must provide one or more flags when using this command'),
    });
  });
});
