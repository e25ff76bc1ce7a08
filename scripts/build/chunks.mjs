// Which modules share a chunk. Each file more costs a third of a millisecond of reading, each module that is not needed
// costs its part of the code cache, so there is one chunk for what every command about containers loads, one for what
// has to do with containers that run, and one for what makes and starts them. Everything else stays in chunks of its own
// until it is asked for.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from '../setup/paths.mjs';

/** Name → the sources that it begins with; all that they import is in it too. The first that has a module keeps it. */
const CHUNKS = {
  common: [
    'src/main.ts',
    'src/cli/commands/ps.ts',
    'src/engine/engine.ts',
    'src/engine/client/local-client.ts',
    'src/engine/client/container-lists.ts',
  ],
  running: [
    'src/cli/commands/exec.ts',
    'src/engine/cgroups/cgroups.ts',
    'src/engine/containers/attach-output.ts',
    'src/engine/containers/exec/exec.ts',
    'src/engine/containers/exec/exec-record.ts',
    'src/engine/events/event-log-file.ts',
    'src/engine/security/seccomp.ts',
    'src/native/shim/socket.ts',
  ],
  containers: [
    'src/cli/commands/run.ts',
    'src/engine/containers/attach-stream.ts',
    'src/engine/containers/create.ts',
    'src/engine/containers/finish.ts',
    'src/engine/containers/start.ts',
    'src/engine/images/create-image-service.ts',
    'src/engine/network/create-network-service.ts',
    'src/engine/storage/drivers/index.ts',
    'src/engine/volumes/local-volumes.ts',
  ],
};

/** @typedef {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} Graph */

/** @param {readonly string[]} roots @param {Graph} graph @returns {Set<string>} by the static imports of the sources */
function reachable(roots, graph) {
  const found = new Set();
  const walk = (id) => {
    if (found.has(id)) return;
    found.add(id);
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) walk(imported);
  };
  for (const root of roots) walk(root);
  return found;
}

/** A root that was renamed would quietly lose its chunk. */
function rootPaths(sources) {
  const paths = sources.map((source) => join(checkoutRoot, source));
  const gone = paths.find((path) => !existsSync(path));
  if (gone !== undefined) throw new Error(`scripts/build/chunks.mjs names ${gone}, which is not there`);
  return paths;
}

/** The groups for one build. */
export function chunkGroups() {
  return Object.entries(CHUNKS).map(([name, sources]) => {
    const roots = rootPaths(sources);
    let members;
    return {
      debugName: name,
      name: (id, graph) => {
        members ??= reachable(roots, graph);
        return members.has(id) ? name : null;
      },
    };
  });
}
