import { join } from 'node:path';
import { defineConfig } from 'rolldown';
import { directAddon } from './scripts/build/direct-addon.mjs';
import { quickBuiltins } from './scripts/build/quick-builtins.mjs';

/** Ink asks for it only where DEV=true is set, but a bundle would import it at its start. */
const noDevtools = {
  name: 'no-devtools',
  resolveId: (source) => (source === 'react-devtools-core' ? '\0no-devtools' : undefined),
  load: (id) => (id === '\0no-devtools' ? 'export default {};' : undefined),
};

/**
 * What every command about containers loads, with all that it imports: one chunk, since each file more costs half a
 * millisecond of Node's module loader. Everything else stays in chunks of its own until it is asked for.
 */
const COMMON = [
  'src/main.ts',
  'src/cli/commands/ps.ts',
  'src/engine/engine.ts',
  'src/engine/client/local-client.ts',
  'src/engine/client/container-lists.ts',
].map((path) => join(import.meta.dirname, path));

/** @param {{ getModuleInfo(id: string): { importedIds: readonly string[] } | null }} graph */
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

let common;
function isCommon(id, graph) {
  common ??= reachable(graph);
  return common.has(id);
}

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  // The loader of the addon is bundled; the addon itself is a file of its own.
  external: [/^@yuuang\//],
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  plugins: [noDevtools, directAddon(), quickBuiltins()],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups: [{ name: (id, graph) => (isCommon(id, graph) ? 'common' : null) }] },
    // Modules that share a chunk run in the order of the sources, and only when they are imported.
    strictExecutionOrder: true,
    minify: { compress: true, mangle: false, codegen: false },
    // Set by bin/gantry for this process alone.
    intro: 'delete process.env.NODE_COMPILE_CACHE;',
  },
});
