// A process of its own that connects containers, for tests of what several processes do at once and of what is left
// when one is killed half-way:   node endpoint-worker.ts ROOT FIRST_PORT ID… [--die-at CALL]
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createNetworkService } from '../../../src/engine/network/create-network-service.ts';
import { openDatabase } from '../../../src/engine/state/database.ts';
import { enginePaths } from '../../../src/engine/state/paths.ts';
import { interceptCalls } from '../../../src/native/ffi.ts';
import { createNetns } from '../../../src/native/netns.ts';
import { endpointRequest } from './network-rig.ts';

const { values, positionals } = parseArgs({
  options: { 'die-at': { type: 'string' } },
  allowPositionals: true,
});
const [root = '', firstPort = '', ...ids] = positionals;
const paths = enginePaths(root, join(root, 'run'));
const database = openDatabase(paths.database);
const service = createNetworkService({ paths, database });
const namespaces = ids.map(() => createNetns());

let calls = 0;
const dieAt = Number(values['die-at'] ?? 0);
interceptCalls(() => {
  calls += 1;
  if (calls === dieAt) process.kill(process.pid, 'SIGKILL');
});
for (const [index, id] of ids.entries()) {
  const port = Number(firstPort) + index;
  const portBindings = { '80/tcp': [{ HostPort: String(port) }] };
  const prepared = await service.prepare(endpointRequest(id, { portBindings }));
  await service.connect(prepared, namespaces[index] ?? -1);
  process.stdout.write(`${id} ${prepared.settings.IPAddress} ${port}\n`);
}
interceptCalls(undefined);
process.stdout.write(`calls ${calls}\n`);
// The namespaces live until the parent has looked.
process.stdin.resume();
process.stdin.on('end', () => {
  for (const fd of namespaces) closeSync(fd);
  service.close();
  database.close();
});
