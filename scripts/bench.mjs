// `npm run bench`: the speed and memory of gantry as ratios to runc and crun, measured in one run in a test host.
// Prints a table and writes build/bench.json. Takes some minutes; names of measures as arguments run only those.
import { join } from 'node:path';
import { installModules, isModernNode, runPinned } from './setup/modules.mjs';
import { TO_BUILD, TO_RUN, TO_TEST, installPackages } from './setup/packages.mjs';
import { checkoutRoot, nodeModules, pinnedNode } from './setup/paths.mjs';

const LIMIT_MS = 10 * 60_000;

async function main(names) {
  await installPackages([...TO_RUN, ...TO_BUILD, ...TO_TEST]);
  const { build } = await import('./build.mjs');
  await build();
  const { runInTestHost } = await import('./test-host.mjs');
  return await runInTestHost([pinnedNode(), join(checkoutRoot, 'scripts/bench/inside.mjs'), ...names], {
    limitMs: LIMIT_MS,
    env: { PATH: `${join(nodeModules, '.bin')}:${process.env.PATH}`, NODE_ENV: 'production' },
  });
}

try {
  installModules();
  process.exitCode = isModernNode()
    ? await main(process.argv.slice(2))
    : runPinned('scripts/bench.mjs', process.argv.slice(2));
} catch (error) {
  process.stderr.write(`npm run bench: ${error.shortMessage ?? error.message}\n`);
  process.exitCode = 1;
}
