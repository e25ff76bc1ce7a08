import { defineCommand, type ArgumentCount } from '../command.ts';
import { ExitError } from '../exit-error.ts';
import { printLine } from '../output.ts';

const oneOrTwo: ArgumentCount = { min: 1, max: 2 };

export const port = defineCommand({
  summary: 'List port mappings or a specific mapping for the container',
  usage: 'CONTAINER [PRIVATE_PORT[/PROTO]]',
  arguments: oneOrTwo,
  completes: 'running',
  options: {},
  async run(context, { args: [name = '', wanted] }) {
    const client = await context.engine();
    const { NetworkSettings } = await client.getContainer(name).inspect();
    const key = wanted === undefined || wanted.includes('/') ? wanted : `${wanted}/tcp`;
    const lines = Object.entries(NetworkSettings.Ports)
      .filter(([inside]) => key === undefined || inside === key)
      .sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
      .flatMap(([inside, bindings]) =>
        (bindings ?? []).map((binding) => [inside, address(binding)] as const),
      );
    if (key !== undefined && lines.length === 0) {
      throw new ExitError(1, `gantry: no public port '${key}' published for ${name}`);
    }
    for (const [inside, outside] of lines) {
      await printLine(context.stdout, key === undefined ? `${inside} -> ${outside}` : outside);
    }
    return 0;
  },
});

function address({
  HostIp = '',
  HostPort = '',
}: {
  readonly HostIp?: string | undefined;
  readonly HostPort?: string | undefined;
}): string {
  const host = HostIp === '' ? '0.0.0.0' : HostIp;
  return `${host.includes(':') ? `[${host}]` : host}:${HostPort}`;
}
