import { execFile } from 'node:child_process';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { EventMessage } from '../../../src/engine/api/system-types.ts';
import { openEventLog } from '../../../src/engine/events/event-log-file.ts';
import type { FollowOptions } from '../../../src/engine/events/event-log.ts';
import { tempDirectory } from '../../support/temp-root.ts';

const run = promisify(execFile);
const publisher = join(import.meta.dirname, 'publish-worker.ts');
const start = (id: string) => ({ type: 'container', action: 'start', id }) as const;

/** The first `count` events that match; the follower is at work before `meanwhile` runs. */
async function collect(
  directory: string,
  options: FollowOptions & { count: number },
  meanwhile: () => unknown = () => undefined,
): Promise<EventMessage[]> {
  const log = openEventLog({ directory });
  const { count, ...follow } = options;
  const events: EventMessage[] = [];
  const iterator = log.follow({ signal: AbortSignal.timeout(8000), ...follow });
  const pending = (async () => {
    for await (const event of iterator) if (events.push(event) === count) break;
  })();
  await Promise.all([pending, meanwhile()]);
  log.close();
  return events;
}

const ids = (events: readonly EventMessage[]) => events.map((event) => event.Actor.ID);

test('an event has the members of Docker’s JSON', async () => {
  using directory = tempDirectory();
  const log = openEventLog({ directory: directory.path });
  const event = {
    type: 'container',
    action: 'die',
    id: 'abc',
    attributes: { image: 'alpine', exitCode: '1' },
  } as const;
  const [got] = await collect(directory.path, { count: 1 }, () => log.publish(event));
  expect(got).toMatchObject({
    Type: 'container',
    Action: 'die',
    Actor: { ID: 'abc', Attributes: { image: 'alpine', exitCode: '1' } },
    scope: 'local',
    status: 'die',
    id: 'abc',
    from: 'alpine',
  });
  expect(Math.abs((got?.timeNano ?? 0) / 1e9 - (got?.time ?? 0))).toBeLessThanOrEqual(1);
  expect(Math.abs((got?.time ?? 0) - Date.now() / 1000)).toBeLessThan(5);
});

test('another process’s event arrives by itself, without being asked for', async () => {
  using directory = tempDirectory();
  let seenAt = 0;
  const log = openEventLog({ directory: directory.path });
  let publishedAt = 0;
  const follower = collect(directory.path, { count: 1 }, async () => {
    await run(process.execPath, [publisher, directory.path, 'other', '1', '100000']);
    publishedAt = Date.now();
  }).then((events) => {
    seenAt = Date.now();
    return events;
  });
  expect(ids(await follower)).toEqual(['other-0']);
  // The publisher's exit is seen after its write, so this can only be too long.
  expect(seenAt - publishedAt).toBeLessThan(1000);
  log.close();
});

test('the past from `since`, the end at `until`', async () => {
  using directory = tempDirectory();
  const log = openEventLog({ directory: directory.path });
  log.publish(start('one'));
  log.publish(start('two'));
  const all = await collect(directory.path, { count: 2, since: 0 });
  expect(ids(all)).toEqual(['one', 'two']);

  const second = (all[1]?.timeNano ?? 0) / 1e9;
  expect(ids(await collect(directory.path, { count: 9, since: second, until: Date.now() / 1000 }))).toEqual([
    'two',
  ]);
  const soon = Date.now() / 1000 + 0.5;
  const live = await collect(directory.path, { count: 9, until: soon }, () => log.publish(start('three')));
  expect(ids(live)).toEqual(['three']);
  expect(Date.now() / 1000).toBeGreaterThanOrEqual(soon);
  log.close();
});

test('closing the log, a signal and a break end a follower', async () => {
  using directory = tempDirectory();
  const log = openEventLog({ directory: directory.path });
  const pending = log.follow({ since: 0 }).next();
  log.close();
  expect(await pending).toMatchObject({ done: true });
  const stopped = openEventLog({ directory: directory.path });
  expect(await stopped.follow({ signal: AbortSignal.abort() }).next()).toMatchObject({ done: true });
});

test('two processes at once, a new file begun again and again while following: nothing lost, nothing torn', async () => {
  using directory = tempDirectory();
  const count = 300;
  const publish = (label: string) =>
    // Two new files in all: a follower may be late by as many, since one old file is kept.
    run(process.execPath, [publisher, directory.path, label, String(count), '50000']);
  const events = await collect(directory.path, { count: 2 * count }, () =>
    Promise.all([publish('a'), publish('b')]),
  );
  for (const label of ['a', 'b']) {
    const mine = ids(events).filter((id) => id.startsWith(label));
    expect(mine).toHaveLength(count);
    expect(new Set(mine).size).toBe(count);
  }
  expect(readdirSync(directory.path).sort()).toEqual(['events.1.jsonl', 'events.jsonl', 'lock']);
}, 20_000);

test('garbage in the file is passed over', async () => {
  using directory = tempDirectory();
  const log = openEventLog({ directory: directory.path });
  log.publish(start('one'));
  appendFileSync(join(directory.path, 'events.jsonl'), '{"Type":"cont\n\n[]\n{"Type":1}\n');
  log.publish(start('two'));
  expect(ids(await collect(directory.path, { count: 2, since: 0 }))).toEqual(['one', 'two']);
  log.close();
});

test('an event that cannot be written fails nothing', () => {
  using directory = tempDirectory();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  const log = openEventLog({ directory: join(file, 'events') });
  expect(() => log.publish(start('one'))).not.toThrow();
});

test('filters', async () => {
  using directory = tempDirectory();
  const log = openEventLog({ directory: directory.path });
  const attributes = { name: 'web', image: 'nginx:1.27', tier: 'front' };
  log.publish({ type: 'container', action: 'start', id: 'abcdef', attributes });
  log.publish({ type: 'container', action: 'exec_start: sh -c ls', id: 'abcdef', attributes });
  log.publish({ type: 'image', action: 'pull', id: 'nginx:1.27', attributes: { name: 'nginx' } });
  log.publish({ type: 'volume', action: 'create', id: 'data', attributes: { driver: 'local' } });
  const until = Date.now() / 1000 + 0.01;
  const count = async (filters: Record<string, string[]>) =>
    (await collect(directory.path, { count: 99, since: 0, until, filters })).length;
  expect(await count({})).toBe(4);
  expect(await count({ type: ['image', 'volume'] })).toBe(2);
  expect(await count({ container: ['abc'] })).toBe(2);
  expect(await count({ container: ['web'], event: ['start'] })).toBe(1);
  expect(await count({ event: ['exec_start'] })).toBe(1);
  expect(await count({ image: ['nginx'] })).toBe(3);
  expect(await count({ image: ['nginx:1.27'] })).toBe(3);
  expect(await count({ volume: ['data'] })).toBe(1);
  expect(await count({ label: ['tier=front', 'name=web'] })).toBe(2);
  expect(await count({ label: ['tier=back'] })).toBe(0);
  await expect(count({ colour: ['red'] })).rejects.toThrow("invalid filter 'colour'");
  log.close();
});
