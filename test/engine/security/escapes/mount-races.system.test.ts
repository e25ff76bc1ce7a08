// Symbolic links that change while mounts are made (as in CVE-2021-30465): a volume that two containers share is the
// attacker's to rearrange while the other one is being started on it.
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect } from 'vitest';
import type { CreateContainerRequest } from '../../../../src/engine/api/container-request.ts';
import { type EngineFixture, engineFixture, exec, run } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../../support/temp-root.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, compileAttack, sh, start } from './attacks.ts';

const test = systemTest(...NEEDS);

let fixture: EngineFixture;
let directory: TempDirectory;
/** A place of the host that no container is given. */
let secret: string;

beforeAll(async () => {
  fixture = await engineFixture();
  directory = tempDirectory();
  secret = join(directory.path, 'secret');
  mkdirSync(secret);
  writeFileSync(join(secret, 'key'), 'the host’s secret');
  compileAttack('swap', join(directory.path, 'attack'));
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const dataOf = async (volume: string): Promise<string> =>
  (await fixture.client.getVolume(volume).inspect()).Mountpoint;

/** A container that exchanges two names of the volume for each other without end. */
async function swapper(volume: string, [one, other]: readonly [string, string]) {
  const HostConfig = { Binds: [`${volume}:/shared`, `${join(directory.path, 'attack')}:/attack:ro`] };
  const victim = await start(fixture, ['/attack/swap', `/shared/${one}`, `/shared/${other}`], { HostConfig });
  const place = join(await dataOf(volume), one);
  await waitFor(() => isLink(place), { reason: 'the exchange has begun' });
  return victim;
}

function isLink(path: string): boolean {
  const parent = join(path, '..');
  return readdirSync(parent, { withFileTypes: true }).some(
    (entry) => path.endsWith(`/${entry.name}`) && entry.isSymbolicLink(),
  );
}

interface Tally {
  started: number;
  refused: number;
}

const ROUNDS = 120;
/** Of a machine where starts are slow or hardly ever meet the one or the other. */
const MOST_ROUNDS = 1000;

/**
 * Starts containers on the volume while it changes; each tells whether it sees the host.
 * @param enough goes on beyond the usual rounds until this holds
 */
async function race(request: CreateContainerRequest, enough: (tally: Tally) => boolean): Promise<Tally> {
  const tally = { started: 0, refused: 0 };
  const end = Date.now() + 25_000;
  const goesOn = (round: number): boolean =>
    enough(tally) ? round < ROUNDS && Date.now() < end : round < MOST_ROUNDS;
  for (let round = 0; goesOn(round); round += 1) {
    // What was mounted shows its root and its place in mountinfo, whatever is visible by names.
    const look =
      'cat /target/key /shared/a/key /shared/b/key 2>/dev/null; grep -e secret /proc/self/mountinfo; true';
    const outcome = await run(fixture.client, sh(look), request).catch(() => undefined);
    if (outcome === undefined) tally.refused += 1;
    else {
      tally.started += 1;
      expect(outcome.stdout).toBe('');
    }
    // Nothing was mounted on the host's side of a link either, nor made there.
    expect(readdirSync(secret)).toEqual(['key']);
  }
  return tally;
}

test('a mount whose target is swapped for a link to / stays in the container', async () => {
  await fixture.client.createVolume({ Name: 'targets' });
  const data = await dataOf('targets');
  mkdirSync(join(data, 'a'));
  symlinkSync('/', join(data, 'b'));
  await using _ = await swapper('targets', ['a', 'b']);
  const before = readdirSync('/').sort();
  const tally = await race(
    {
      HostConfig: {
        Binds: ['targets:/shared', `${directory.path}/attack:/shared/a/inner`],
        Tmpfs: { '/shared/a/tmp': '' },
      },
    },
    ({ started }) => started > 10,
  );
  process.stdout.write(`swapped targets: ${tally.started} started, ${tally.refused} refused, none outside\n`);
  expect(tally.started).toBeGreaterThan(10);
  expect(readdirSync('/').sort()).toEqual(before);
});

test('the subpath of a volume that is swapped for a link to the host is not followed', async () => {
  await fixture.client.createVolume({ Name: 'sources' });
  const data = await dataOf('sources');
  mkdirSync(join(data, 'a'));
  symlinkSync(secret, join(data, 'b'));
  await using _ = await swapper('sources', ['a', 'b']);
  const mount = {
    Type: 'volume',
    Source: 'sources',
    Target: '/target',
    VolumeOptions: { Subpath: 'a' },
  } as const;
  const tally = await race(
    { HostConfig: { Mounts: [mount] } },
    ({ started, refused }) => started > 10 && refused > 10,
  );
  process.stdout.write(
    `swapped subpaths: ${tally.started} started, ${tally.refused} refused, none outside\n`,
  );
  expect(tally.started).toBeGreaterThan(10);
  expect(tally.refused).toBeGreaterThan(10);
});

test('nor one that was swapped between create and start, nor by a copy while it is stopped', async () => {
  await fixture.client.createVolume({ Name: 'later' });
  const data = await dataOf('later');
  mkdirSync(join(data, 'part'));
  const mount = {
    Type: 'volume',
    Source: 'later',
    Target: '/target',
    VolumeOptions: { Subpath: 'part' },
  } as const;
  const HostConfig = { Mounts: [mount] };
  const container = await fixture.client.createContainer({
    Image: 'busybox:test',
    Cmd: ['sleep', '1000'],
    HostConfig,
  });
  renameSync(join(data, 'part'), join(data, 'aside'));
  symlinkSync(secret, join(data, 'part'));
  await expect(container.start()).rejects.toThrow('EXDEV');
  await expect(container.getArchive({ path: '/target/key' })).rejects.toThrow(/EXDEV|cross-device/);
  // A link that stays inside is the volume's own business.
  rmSync(join(data, 'part'));
  symlinkSync('aside', join(data, 'part'));
  writeFileSync(join(data, 'aside/inside'), 'ours');
  await container.start();
  expect((await exec(container, ['cat', '/target/inside'])).stdout).toBe('ours');
  await container.stop({ t: 0 });
  const archive = await container.getArchive({ path: '/target/inside' });
  expect((await buffer(archive)).toString()).toContain('ours');
});

test('containers that take their volumes from another get the part, not the whole', async () => {
  await fixture.client.createVolume({ Name: 'whole' });
  mkdirSync(join(await dataOf('whole'), 'part'));
  writeFileSync(join(await dataOf('whole'), 'private'), '');
  const mount = {
    Type: 'volume',
    Source: 'whole',
    Target: '/target',
    VolumeOptions: { Subpath: 'part' },
  } as const;
  await fixture.client.createContainer({
    name: 'giver',
    Image: 'busybox:test',
    HostConfig: { Mounts: [mount] },
  });
  const { stdout } = await run(fixture.client, ['ls', '/target'], { HostConfig: { VolumesFrom: ['giver'] } });
  expect(stdout).toBe('');
});

test('a path that is looked at first and mounted by name afterwards would be caught', async () => {
  // The same exchange, against what a runtime does that checks a path as text: so the race is one that can be won.
  await fixture.client.createVolume({ Name: 'naive' });
  const data = await dataOf('naive');
  mkdirSync(join(data, 'a'));
  symlinkSync(secret, join(data, 'b'));
  await using _ = await swapper('naive', ['a', 'b']);
  let caught = 0;
  const end = Date.now() + 30_000;
  while (caught === 0 && Date.now() < end) {
    if (isLink(join(data, 'a'))) continue;
    try {
      caught += readFileSync(join(data, 'a/key'), 'utf8').length;
    } catch {
      continue;
    }
  }
  expect(caught).toBeGreaterThan(0);
});
