// A container that plays the router (CVE-2020-13401): by default it may send what it likes on its network, and a machine that
// takes no part in forwarding IPv6 believes who says that he leads to everywhere.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { ENGINE } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, openArena, start } from './attacks.ts';

const test = systemTest(...new Set([...NEEDS, ...ENGINE]));
const arena = openArena('advertise');

/** In network namespaces of containers there are none. */
const bridges = (): string[] => readdirSync('/sys/class/net').filter((name) => name.startsWith('gantry-'));
const defaultRoutes = (): string =>
  execFileSync('ip', ['-6', 'route', 'show', 'default'], { encoding: 'utf8' });

test('a container does not become the machine’s way to the world', async () => {
  await using victim = await start(arena.fixture(), ['/attack/advertise'], {
    HostConfig: { Binds: arena.binds() },
  });
  const logs = async (): Promise<string> =>
    String(await victim.handle.logs({ stdout: true, stderr: true, follow: false }));
  const said = async (): Promise<number> => (await logs()).split('said').length - 1;
  await waitFor(async () => (await said()) > 10, { reason: 'it advertises itself' });
  expect(defaultRoutes()).toBe('');
  // The attack works: a bridge with IPv6, as bridges are made, takes the advertisement.
  const [bridge = ''] = bridges();
  const setting = `/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`;
  expect(readFileSync(setting, 'utf8')).toBe('1\n');
  writeFileSync(setting, '0');
  await waitFor(() => defaultRoutes().includes(`via fe80::dead dev ${bridge}`), {
    reason: 'the machine believes it',
  });
  writeFileSync(setting, '1');
  expect(defaultRoutes()).toBe('');
});
