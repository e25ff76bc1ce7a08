import { commandOnEach } from '../each-name.ts';

export const wait = commandOnEach({
  summary: 'Block until one or more containers stop, then print their exit codes',
  usage: 'CONTAINER [CONTAINER...]',
  completes: 'running',
  options: {},
  async each(client, name) {
    const { StatusCode } = await client.getContainer(name).wait();
    return String(StatusCode);
  },
});
