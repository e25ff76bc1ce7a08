// A container that sends from an address of the machine's own loopback (compare CVE-2020-8558): services that listen everywhere
// and trust 127.0.0.0/8 would take it for the machine itself.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { ENGINE } from '../../../support/engine-fixture.ts';
import { systemTest } from '../../../support/requires.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { NEEDS, type Victim, openArena, start } from './attacks.ts';

const test = systemTest(...new Set([...NEEDS, ...ENGINE]));
const arena = openArena('from-loopback');

/** In network namespaces of containers there are none. */
const bridges = (): string[] => readdirSync('/sys/class/net').filter((name) => name.startsWith('gantry-'));

async function spoofer(bridge: string, gateway: string, port: number): Promise<Victim> {
  const mac = readFileSync(`/sys/class/net/${bridge}/address`, 'utf8').trim();
  return await start(arena.fixture(), ['/attack/from-loopback', mac, gateway, String(port)], {
    HostConfig: { Binds: arena.binds() },
  });
}

test('a container does not speak to the machine as its loopback', async () => {
  const senders: string[] = [];
  const server = createSocket('udp4', (_message, from) => senders.push(from.address));
  using _closing = { [Symbol.dispose]: () => void server.close() };
  server.bind(0, '0.0.0.0');
  await once(server, 'listening');
  await using neighbour = await start(arena.fixture(), ['sleep', '1000']);
  const { Gateway: gateway = '' } = (await neighbour.handle.inspect()).NetworkSettings;
  const [bridge = ''] = bridges();
  await using victim = await spoofer(bridge, gateway, server.address().port);
  const logs = async (): Promise<string> =>
    String(await victim.handle.logs({ stdout: true, stderr: true, follow: false }));
  const said = async (): Promise<number> => (await logs()).split('said').length - 1;
  await waitFor(async () => (await said()) > 10, { reason: 'it sends' });
  expect(senders).toEqual([]);
  // The attack works: without the rule the machine hears it.
  const table = tableOf(bridge);
  execFileSync('nft', ['flush', 'chain', 'ip', table, 'guard']);
  await waitFor(() => senders.includes('127.0.0.2'), { reason: 'the machine takes it for its own' });
});

/** The engine's own: others may have been left by other tests. */
function tableOf(bridge: string): string {
  const rules = execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' });
  const table = rules.split(/^table ip /m).find((text) => text.includes(`iifname "${bridge}" ip saddr`));
  return table?.split(' ')[0] ?? '';
}
