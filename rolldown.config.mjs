// Two bundles. The command line is CommonJS, which costs a command less than ES modules do, and is loaded by
// scripts/build/loader.cjs. The dashboard is an ES module, since Ink's layout library awaits at its top level.
import { chunkGroups } from './scripts/build/chunks.mjs';
import { directAddon } from './scripts/build/direct-addon.mjs';
import { onlyAscii } from './scripts/build/only-ascii.mjs';
import { quickBuiltins } from './scripts/build/quick-builtins.mjs';
import { separateDashboard } from './scripts/build/separate-dashboard.mjs';
import { wasmWithoutFetch } from './scripts/build/wasm-without-fetch.mjs';

/** Ink asks for it only where DEV=true is set, but a bundle would import it at its start. */
const noDevtools = {
  name: 'no-devtools',
  resolveId: (source) => (source === 'react-devtools-core' ? '\0no-devtools' : undefined),
  load: (id) => (id === '\0no-devtools' ? 'export default {};' : undefined),
};

const common = {
  platform: 'node',
  // The sources import lazily what the chunks then put together; that is the plan.
  checks: { ineffectiveDynamicImport: false, pluginTimings: false },
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
};
const minify = { compress: true, mangle: false, codegen: false };

/** @type {import('rolldown').RolldownOptions} */
export const commandLine = {
  ...common,
  input: { program: 'src/main.ts' },
  plugins: [separateDashboard(), directAddon(), onlyAscii()],
  output: {
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups: chunkGroups() },
    // Modules that share a chunk run in the order of the sources, and only when they are imported.
    strictExecutionOrder: true,
    minify,
  },
};

/** @type {import('rolldown').RolldownOptions} */
export const dashboard = {
  ...common,
  input: { dashboard: 'src/ui/dashboard.tsx' },
  plugins: [noDevtools, wasmWithoutFetch(), quickBuiltins()],
  output: {
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    strictExecutionOrder: true,
    minify,
  },
};
