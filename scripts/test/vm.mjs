// The tests on a machine with nothing but cgroup v2, run by systemd: a virtual one that boots Debian's own kernel.
// What runs in it is the table of test/vm/runs.ts.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { layoutOf } from '../../test/support/debian-image.ts';
import { compilePrograms } from '../../test/vm/runs.ts';
import { checkoutRoot } from '../setup/paths.mjs';
import { runInTestHost } from '../test-host.mjs';
import { fetchDebianPackages } from './debian-root.mjs';
import { cutShort, skip } from './summary.mjs';
import { fetchKernel } from './vm/kernel.mjs';
import { runMachine } from './vm/machine.mjs';
import { makeModulesDisk, makeProjectDisk } from './vm/project-disk.mjs';
import { makeRootDisk } from './vm/root-disk.mjs';

const CACHE = join(checkoutRoot, 'build/vm');
/** Where nothing else runs, it takes a sixth of it. */
const LIMIT_MS = 30 * 60_000;
/**
 * What an emulated processor is slow at, left away: clocks that are devices (27 µs to read one), addresses that differ in
 * each process, for which all code is translated anew (a `true` takes 125 ms, and 28 ms without), guards against faults
 * that only real processors have, zeroing memory twice. None of it is what the tests are about.
 */
const QUICK = [
  'tsc=reliable',
  'norandmaps',
  'mitigations=off',
  'init_on_alloc=0',
  'audit=0',
  'rcupdate.rcu_expedited=1',
];

/**
 * @param {readonly string[]} files those of the table that are wanted; all where none is named
 * @returns {Promise<import('./summary.mjs').Summary>}
 */
export async function runVmTests(files) {
  if (process.arch !== 'x64') {
    const reason = `it is an x86-64, here is ${process.arch}`;
    process.stdout.write(`not run: ${reason}\n`);
    return skip('everything', reason);
  }
  mkdirSync(CACHE, { recursive: true });
  const kernel = await fetchKernel(CACHE);
  compilePrograms(CACHE);
  const { disk, initrd } = await makeRootDisk(CACHE, kernel);
  const disks = [disk, await makeProjectDisk(CACHE, await systemImage()), await makeModulesDisk(CACHE)];
  const result = join(CACHE, 'result.json');
  const console = join(CACHE, 'console.log');
  rmSync(result, { force: true });
  const started = performance.now();
  await runMachine({
    kernel: kernel.image,
    initrd,
    disks,
    append: [
      'quiet',
      ...QUICK,
      'hugepages=8',
      'systemd.show_status=1',
      'systemd.unit=gantry-tests.target',
      `gantry.files=${files.join(',')}`,
    ],
    console,
    result,
    limitMs: LIMIT_MS,
  });
  process.stdout.write(`the virtual machine ran ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  return summaryFrom(result, console);
}

/**
 * The image of the tests of system containers, made here where the tests before have not made it: it would take the machine
 * a quarter of an hour. @returns {Promise<string>} an OCI layout
 */
async function systemImage() {
  const cache = join(checkoutRoot, 'build/test-cache');
  const packages = await fetchDebianPackages(cache, 'system');
  if (packages === undefined) throw new Error('there is no Debian for the image of system containers');
  const layout = layoutOf(packages);
  if (existsSync(layout)) return layout;
  const script = join(checkoutRoot, 'test/vm/system-image-program.ts');
  const status = await runInTestHost([process.execPath, '--disable-warning=ExperimentalWarning', script], {
    env: { GANTRY_TEST_DEBIAN_SYSTEM: packages },
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  return layout;
}

/** What the tests counted (test/vm/inside.mjs). A machine that did not come to its end tells on its console why. */
function summaryFrom(result, console) {
  const text = existsSync(result) ? readFileSync(result, 'utf8') : '';
  const last = text.split('\n').at(-2);
  const { total } = last === undefined ? {} : JSON.parse(last);
  if (total !== undefined) return total;
  const log = existsSync(console) ? readFileSync(console, 'latin1') : '';
  const told = log.split('\n').filter((line) => !line.includes('Job gantry-tests.service/start running'));
  process.stdout.write(`the end of the virtual machine's console:\n${told.join('\n').slice(-4000)}\n`);
  return cutShort(text, 'it did not come to its end; the end of its console is above');
}
