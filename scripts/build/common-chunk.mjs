// What every command about containers loads, with all that it imports, in one chunk, since each file more costs half a
// millisecond of Node's module loader. Everything else stays in chunks of its own until it is asked for.
import { join } from 'node:path';
import { checkoutRoot } from '../setup/paths.mjs';

const COMMON = [
  'src/main.ts',
  'src/cli/commands/ps.ts',
  'src/engine/engine.ts',
  'src/engine/client/local-client.ts',
  'src/engine/client/container-lists.ts',
].map((path) => join(checkoutRoot, path));

/** @typedef {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} Graph */

/** @param {Graph} graph @returns {Set<string>} the modules of the common path, by the static imports of the sources */
function reachable(graph) {
  const found = new Set();
  const walk = (id) => {
    if (found.has(id)) return;
    found.add(id);
    for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) walk(imported);
  };
  for (const id of COMMON) walk(id);
  return found;
}

/** Names the chunk of a module, for one build. @returns {(id: string, graph: Graph) => string | null} */
export function commonChunk() {
  let common;
  return (id, graph) => {
    common ??= reachable(graph);
    return common.has(id) ? 'common' : null;
  };
}
