import type { SystemInfo } from '../../engine/api/system-types.ts';
import { defineCommand, noArguments } from '../command.ts';
import { templateFor } from '../format/object-format.ts';
import { binarySize } from '../format/sizes.ts';
import { printLine } from '../output.ts';

export const info = defineCommand({
  summary: 'Display system-wide information',
  usage: '[OPTIONS]',
  arguments: noArguments,
  completes: 'none',
  options: { format: { kind: 'text', short: 'f', help: 'Format output using a Go template or json' } },
  async run(context, { values }) {
    const client = await context.engine();
    const details = await client.info();
    if (values.format === 'json') await printLine(context.stdout, JSON.stringify(details));
    else if (values.format !== undefined)
      await printLine(context.stdout, (await templateFor(values.format))(details));
    else await printLine(context.stdout, infoLines(details).join('\n'));
    for (const warning of details.Warnings ?? []) await printLine(context.stderr, warning);
    return 0;
  },
});

const infoLines = (details: SystemInfo): string[] => [
  `Containers: ${details.Containers}`,
  ` Running: ${details.ContainersRunning}`,
  ` Paused: ${details.ContainersPaused}`,
  ` Stopped: ${details.ContainersStopped}`,
  `Images: ${details.Images}`,
  `Server Version: ${details.ServerVersion}`,
  `Storage Driver: ${details.Driver}`,
  ...details.DriverStatus.map(([name, value]) => ` ${name}: ${value}`),
  `Logging Driver: ${details.LoggingDriver}`,
  `Cgroup Driver: ${details.CgroupDriver}`,
  `Cgroup Version: ${details.CgroupVersion}`,
  'Security Options:',
  ...details.SecurityOptions.map((option) => `  ${option}`),
  `Kernel Version: ${details.KernelVersion}`,
  `Operating System: ${details.OperatingSystem}`,
  `OSType: ${details.OSType}`,
  `Architecture: ${details.Architecture}`,
  `CPUs: ${details.NCPU}`,
  `Total Memory: ${binarySize(details.MemTotal)}`,
  `Name: ${details.Name}`,
  `ID: ${details.ID}`,
  `Root Dir: ${details.DockerRootDir}`,
];
