// `npm start`: installs what is missing, builds what changed, opens the dashboard. Runs on the machine's own Node
// (20 or later); everything after `npm ci` happens on the pinned one. Arguments go to gantry: `npm start -- ps`.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { installModules, runPinned } from './setup/modules.mjs';
import { TO_RUN, missingPackages } from './setup/packages.mjs';
import { launcher } from './setup/paths.mjs';
import { isBuilt } from './setup/stamp.mjs';

function prepare() {
  installModules();
  if (isBuilt() && missingPackages(TO_RUN).length === 0) return 0;
  return runPinned('scripts/build.mjs', ['--force']);
}

/** The dashboard owns the terminal: signals of the terminal reach it directly, ours are passed on. */
async function open(args) {
  const child = spawn(launcher, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

try {
  const status = prepare();
  process.exitCode = status === 0 ? await open(process.argv.slice(2)) : status;
} catch (error) {
  process.stderr.write(`npm start: ${error.message}\n`);
  process.exitCode = 1;
}
