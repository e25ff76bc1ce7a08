// `npm test`: installs what the tests need, builds, and runs all of them: the checks (types, lint, format, dead code),
// the unit tests, the C tests (plain and with sanitizers), the system tests in a test host, and those about isolation and
// limits once more in a virtual machine with another kernel. The last lines name what was skipped and what failed; the
// very last is the total: `N passed, N failed, N skipped`.
//
//   npm test                              everything
//   npm test -- --system [file …]         only the system tests (of these files)
//   npm test -- --vm [file …]             only those in the virtual machine (of these files)
//   npm test -- --unit [file …]           only the unit tests
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installModules, isModernNode, runPinned } from './setup/modules.mjs';
import { TO_BUILD, TO_RUN, TO_TEST, installPackages } from './setup/packages.mjs';
import { checkoutRoot, nodeModules } from './setup/paths.mjs';
import {
  closingLines,
  failure,
  forgetSummary,
  nothing,
  readSummary,
  sum,
  summaryEnvironment,
} from './test/summary.mjs';

const SHIM = join(checkoutRoot, 'src/native/shim/c');
const SHIM_OUT = join(checkoutRoot, 'build/shim');
const CACHE = join(checkoutRoot, 'build/test-cache');
/** Beyond this the system run is ended; what hangs must show as a failure while CI still listens. */
const SYSTEM_LIMIT_MS = 40 * 60_000;
/** What a full run proves: a need of these that is missing fails the tests that have it. */
const PROMISED =
  'root,netns,overlay,nft,cgroup,loop,seccomp,shim,bundle,busybox,registry,umoci,debootstrap,debian,debianSystem,tmux,strace,runc,cc';

const CHECKS = [
  ['types', 'tsc', '-b'],
  ['lint', 'oxlint', '--type-aware'],
  ['format', 'oxfmt', '--check'],
  ['dead code', 'knip'],
];

/** The lines of a check's output that are said again at the end, where it failed. */
const LAST_LINES = 10;

let total = nothing();

/** @param {import('./test/summary.mjs').Summary} summary @param {string} [place] */
function add(summary, place) {
  total = sum(total, summary, place);
}

const heading = (text) => process.stdout.write(`\n== ${text} ==\n`);
const environment = () => ({
  PATH: `${join(nodeModules, '.bin')}:${process.env.PATH}`,
  CI: process.env.CI ?? '',
});

/** Runs a command that counts as one test. */
async function runCheck(name, command, args) {
  const { execa } = await import('execa');
  heading(name);
  const { failed, shortMessage, all } = await execa(command, args, {
    cwd: checkoutRoot,
    stdin: 'ignore',
    stdout: ['inherit', 'pipe'],
    stderr: ['inherit', 'pipe'],
    all: true,
    reject: false,
    env: environment(),
    timeout: 15 * 60_000,
  });
  if (!failed) return add({ ...nothing(), passed: 1 });
  process.stdout.write(`${name} failed\n`);
  const said = all.split('\n').filter((line) => line.trim() !== '');
  add(failure(name, [shortMessage, ...said.slice(-LAST_LINES)].join('\n')));
}

async function runUnitTests(files) {
  const { execa } = await import('execa');
  heading('unit tests');
  const directory = mkdtempSync(join(tmpdir(), 'gantry-summary-'));
  const summaryPath = join(directory, 'unit.json');
  const { exitCode } = await execa('vitest', ['run', '--project', 'unit', ...files], {
    cwd: checkoutRoot,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    reject: false,
    timeout: 10 * 60_000,
    env: { ...environment(), ...summaryEnvironment(summaryPath) },
  });
  add(readSummary(summaryPath, exitCode ?? 1));
  rmSync(directory, { recursive: true });
}

/** The shim's own tests: plain, then built with AddressSanitizer and UBSan. */
async function runShimTests() {
  for (const target of ['test', 'sanitize', 'analyze'])
    await runCheck(`shim: make ${target}`, 'make', ['-s', '-C', SHIM, target, `OUT=${SHIM_OUT}`]);
}

/** @param {{ title: string, files: readonly string[], env?: Record<string, string> }} run */
async function runSystemTests({ title, files, env = {} }) {
  const { runInTestHost } = await import('./test-host.mjs');
  const { fetchDebianPackages } = await import('./test/debian-root.mjs');
  heading(title);
  mkdirSync(CACHE, { recursive: true });
  const debian = await fetchDebianPackages(CACHE);
  const system = await fetchDebianPackages(CACHE, 'system');
  // Not in the temporary directory of the tests: that one belongs to the test host, and vanishes with it.
  const summaryPath = join(CACHE, `system-${process.pid}.json`);
  const status = await runInTestHost(['vitest', 'run', '--project', 'system', ...files], {
    check: true,
    limitMs: SYSTEM_LIMIT_MS,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...environment(),
      ...env,
      SYSTEM_TESTS: PROMISED,
      ...summaryEnvironment(summaryPath),
      ...(debian !== undefined && { GANTRY_TEST_DEBIAN: debian }),
      ...(system !== undefined && { GANTRY_TEST_DEBIAN_SYSTEM: system }),
    },
  });
  add(readSummary(summaryPath, status), title);
  forgetSummary(summaryPath);
}

/** The shim's tests against the real kernel once more, with a shim that ends at the first bad memory access. */
async function runSanitizedShim() {
  await runSystemTests({
    title: 'system tests of the shim, with sanitizers',
    files: ['test/native/shim'],
    env: { GANTRY_TEST_SHIM: join(SHIM_OUT, 'gantry-shim-sanitized') },
  });
}

async function main(argv) {
  const flag = argv.find((argument) => argument.startsWith('--'));
  const files = argv.filter((argument) => argument !== flag);
  if (flag !== undefined && !['--system', '--unit', '--vm'].includes(flag))
    throw new Error(`unknown option ${flag}`);
  if (flag === '--unit') return await runUnitTests(files);
  if (process.getuid?.() !== 0) throw new Error('the system tests need root; `npm test -- --unit` does not');
  await installPackages([...TO_RUN, ...TO_BUILD, ...TO_TEST]);
  const { build } = await import('./build.mjs');
  await build();
  if (flag === '--vm') return await runInMachine(files);
  if (flag === undefined) {
    for (const [name, command, ...args] of CHECKS) await runCheck(name, command, args);
    await runUnitTests([]);
    await runShimTests();
    await runSanitizedShim();
  }
  await runSystemTests({ title: 'system tests, in a test host', files });
  if (flag === undefined) await runInMachine([]);
}

async function runInMachine(files) {
  const { runVmTests } = await import('./test/vm.mjs');
  heading('a virtual machine: cgroup v2 alone, systemd, the kernel of Debian');
  add(await runVmTests(files), 'virtual machine');
}

const tellTotal = () => process.stdout.write(`${closingLines(total).join('\n')}\n`);

async function run() {
  installModules();
  if (!isModernNode()) return runPinned('scripts/test.mjs', process.argv.slice(2));
  await main(process.argv.slice(2));
  tellTotal();
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  const reason = error.shortMessage ?? error.message;
  process.stderr.write(`npm test: ${reason}\n`);
  add(failure('npm test', reason));
  tellTotal();
  process.exitCode = 1;
}
