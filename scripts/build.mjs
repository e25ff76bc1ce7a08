// Builds dist/: the bundle (main.js and the chunks that it loads on demand) and the static shim.
// Both are made beside the old ones and put in their place at the end, so a running gantry never sees half a build.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installModules, isModernNode, runPinned } from './setup/modules.mjs';
import { TO_BUILD, TO_RUN, installPackages } from './setup/packages.mjs';
import { checkoutRoot, dist } from './setup/paths.mjs';
import { inputsStamp, isBuilt } from './setup/stamp.mjs';

const shimSource = join(checkoutRoot, 'src/native/shim/c');
const mainSource = join(checkoutRoot, 'src/main.ts');

async function bundle(directory) {
  const { build } = await import('rolldown');
  const { default: config } = await import('../rolldown.config.mjs');
  await build({
    ...config,
    cwd: checkoutRoot,
    logLevel: 'warn',
    output: Object.assign({}, config.output, { dir: directory }),
  });
}

async function compileShim(directory) {
  const { execa } = await import('execa');
  await execa('make', ['-s', '-C', shimSource, `OUT=${directory}`], {
    stdin: 'ignore',
    stdout: process.stderr,
    stderr: 'inherit',
  });
}

/** Renames rather than overwrites: a shim that runs keeps its file, and a lazy import finds either all or nothing. */
function putInPlace(next) {
  const old = `${dist}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(next, dist);
  rmSync(old, { recursive: true, force: true });
}

/** Builds where something changed since the last build, or always with `force`. */
export async function build({ force = false } = {}) {
  if (!force && isBuilt()) return;
  await installPackages([...TO_RUN, ...TO_BUILD]);
  const started = performance.now();
  const stamp = inputsStamp();
  const next = `${dist}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  if (existsSync(join(shimSource, 'Makefile'))) await compileShim(next);
  else process.stderr.write('build: no shim: src/native/shim/c has no Makefile yet\n');
  if (existsSync(mainSource)) await bundle(next);
  else process.stderr.write('build: no bundle: src/main.ts is not there yet\n');
  writeFileSync(join(next, 'stamp'), stamp);
  putInPlace(next);
  process.stderr.write(`Built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

async function main() {
  installModules();
  if (!isModernNode()) process.exitCode = runPinned('scripts/build.mjs', process.argv.slice(2));
  else await build({ force: process.argv.includes('--force') });
}

if (import.meta.main ?? process.argv[1]?.endsWith('/build.mjs')) {
  await main().catch((error) => {
    process.stderr.write(`build: ${error.shortMessage ?? error.message}\n`);
    process.exitCode = 1;
  });
}
