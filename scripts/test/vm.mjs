// The tests on a machine with nothing but cgroup v2, run by systemd: a virtual one that boots Debian's own kernel.
// What runs in it is the table of test/vm/runs.ts.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compilePrograms } from '../../test/vm/runs.ts';
import { checkoutRoot } from '../setup/paths.mjs';
import { failure, skip } from './summary.mjs';
import { fetchKernel } from './vm/kernel.mjs';
import { runMachine } from './vm/machine.mjs';
import { makeModulesDisk, makeProjectDisk } from './vm/project-disk.mjs';
import { makeRootDisk } from './vm/root-disk.mjs';

const CACHE = join(checkoutRoot, 'build/vm');
/** A run takes a third of it when nothing else runs. */
const LIMIT_MS = 15 * 60_000;

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
  const disks = [disk, await makeProjectDisk(CACHE), await makeModulesDisk(CACHE)];
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

/** A machine that did not come to its end tells on its console why. */
function summaryFrom(result, console) {
  const text = existsSync(result) ? readFileSync(result, 'utf8').trim() : '';
  if (text !== '') return JSON.parse(text);
  const log = existsSync(console) ? readFileSync(console, 'latin1') : '';
  process.stdout.write(`the virtual machine counted nothing; the end of its console:\n${log.slice(-4000)}\n`);
  return failure('the run', 'it counted nothing; above is the end of its console');
}
