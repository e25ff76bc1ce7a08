import { commandOnEach } from '../each-name.ts';

export const pause = commandOnEach({
  summary: 'Pause all processes within one or more containers',
  usage: 'CONTAINER [CONTAINER...]',
  completes: 'running',
  options: {},
  async each(client, name) {
    await client.getContainer(name).pause();
    return name;
  },
});

export const unpause = commandOnEach({
  summary: 'Unpause all processes within one or more containers',
  usage: 'CONTAINER [CONTAINER...]',
  completes: 'running',
  options: {},
  async each(client, name) {
    await client.getContainer(name).unpause();
    return name;
  },
});
