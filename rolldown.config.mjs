import { defineConfig } from 'rolldown';
import { chunkGroups } from './scripts/build/chunks.mjs';
import { directAddon } from './scripts/build/direct-addon.mjs';
import { quickBuiltins } from './scripts/build/quick-builtins.mjs';
import { wasmWithoutFetch } from './scripts/build/wasm-without-fetch.mjs';

/** Ink asks for it only where DEV=true is set, but a bundle would import it at its start. */
const noDevtools = {
  name: 'no-devtools',
  resolveId: (source) => (source === 'react-devtools-core' ? '\0no-devtools' : undefined),
  load: (id) => (id === '\0no-devtools' ? 'export default {};' : undefined),
};

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  // The sources import lazily what the chunks then put together; that is the plan.
  checks: { ineffectiveDynamicImport: false, pluginTimings: false },
  // The loader of the addon is bundled; the addon itself is a file of its own.
  external: [/^@yuuang\//],
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  plugins: [noDevtools, directAddon(), wasmWithoutFetch(), quickBuiltins()],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups: chunkGroups() },
    // Modules that share a chunk run in the order of the sources, and only when they are imported.
    strictExecutionOrder: true,
    minify: { compress: true, mangle: false, codegen: false },
    // The variable is set by bin/gantry for this process alone. zod compiles a parser for each object at its first use,
    // which pays after thousands of uses; a command has one.
    intro: 'delete process.env.NODE_COMPILE_CACHE; (globalThis.__zod_globalConfig ??= {}).jitless = true;',
  },
});
