import { commandOnEach } from '../each-name.ts';

const options = {
  signal: { kind: 'text', short: 's', help: 'Signal to send to the container' },
  timeout: { kind: 'int', short: 't', help: 'Seconds to wait before killing the container' },
  time: { kind: 'int', aliasOf: 'timeout', help: '' },
} as const;

interface StopValues {
  readonly signal: string | undefined;
  readonly timeout: number | undefined;
}

export const stop = commandOnEach({
  summary: 'Stop one or more running containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  completes: 'running',
  options,
  async each(client, name, values) {
    await client.getContainer(name).stop(stopOptions(values));
    return name;
  },
});

export const restart = commandOnEach({
  summary: 'Restart one or more containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  completes: 'container',
  options,
  async each(client, name, values) {
    await client.getContainer(name).restart(stopOptions(values));
    return name;
  },
});

export const kill = commandOnEach({
  summary: 'Kill one or more running containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  completes: 'running',
  options: { signal: { kind: 'text', short: 's', help: 'Signal to send to the container' } },
  async each(client, name, values) {
    const signal = values.signal === undefined ? {} : { signal: values.signal };
    await client.getContainer(name).kill(signal);
    return name;
  },
});

const stopOptions = ({ signal, timeout }: StopValues): { t?: number; signal?: string } => ({
  ...(timeout === undefined ? {} : { t: timeout }),
  ...(signal === undefined ? {} : { signal }),
});
