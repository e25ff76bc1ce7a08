import { defineCommand, oneOrMore } from '../command.ts';
import { forEachName } from '../each-name.ts';

const options = {
  signal: { kind: 'text', short: 's', help: 'Signal to send to the container' },
  timeout: { kind: 'int', short: 't', help: 'Seconds to wait before killing the container' },
  time: { kind: 'int', aliasOf: 'timeout', help: '' },
} as const;

interface StopValues {
  readonly signal: string | undefined;
  readonly timeout: number | undefined;
}

export const stop = defineCommand({
  summary: 'Stop one or more running containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'running',
  options,
  async run(context, { values, args }) {
    const client = await context.engine();
    return await forEachName(context, args, async (name) => {
      await client.getContainer(name).stop(stopOptions(values));
      return name;
    });
  },
});

export const restart = defineCommand({
  summary: 'Restart one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'container',
  options,
  async run(context, { values, args }) {
    const client = await context.engine();
    return await forEachName(context, args, async (name) => {
      await client.getContainer(name).restart(stopOptions(values));
      return name;
    });
  },
});

export const kill = defineCommand({
  summary: 'Kill one or more running containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  arguments: oneOrMore,
  completes: 'running',
  options: { signal: { kind: 'text', short: 's', help: 'Signal to send to the container' } },
  async run(context, { values, args }) {
    const client = await context.engine();
    const signal = values.signal === undefined ? {} : { signal: values.signal };
    return await forEachName(context, args, async (name) => {
      await client.getContainer(name).kill(signal);
      return name;
    });
  },
});

const stopOptions = ({ signal, timeout }: StopValues): { t?: number; signal?: string } => ({
  ...(timeout === undefined ? {} : { t: timeout }),
  ...(signal === undefined ? {} : { signal }),
});
