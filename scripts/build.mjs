// Builds dist/: the command line (main.js and the chunks that it loads on demand), the dashboard, and the static shim.
// Both are made beside the old ones and put in their place at the end, so a running gantry never sees half a build.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { installModules, isModernNode, runPinned } from './setup/modules.mjs';
import { TO_BUILD, TO_RUN, installPackages } from './setup/packages.mjs';
import { checkoutRoot, dist } from './setup/paths.mjs';
import { inputsStamp, isBuilt } from './setup/stamp.mjs';

const shimSource = join(checkoutRoot, 'src/native/shim/c');
const mainSource = join(checkoutRoot, 'src/main.ts');

async function bundle(directory, stamp) {
  const [{ build }, { commandLine, dashboard }, { addonFile }] = await Promise.all([
    import('rolldown'),
    import('../rolldown.config.mjs'),
    import('./build/direct-addon.mjs'),
  ]);
  for (const config of [commandLine, dashboard]) {
    const output = Object.assign({}, config.output, { dir: directory });
    await build({ ...config, cwd: checkoutRoot, logLevel: 'warn', output });
  }
  const loader = readFileSync(join(checkoutRoot, 'scripts/build/loader.cjs'), 'utf8');
  writeFileSync(join(directory, 'main.js'), loader.replace('BUILD_STAMP', stamp.slice(0, 12)));
  const addon = addonFile();
  copyFileSync(addon.path, join(directory, addon.name));
  // package.json of the checkout says `module`, for the sources.
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n');
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
  if (existsSync(mainSource)) await bundle(next, stamp);
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
