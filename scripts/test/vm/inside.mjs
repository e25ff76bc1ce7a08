// Runs in the virtual machine, started by its systemd: the runs of test/vm/runs.ts, one after the other. Writes what
// they counted, added up, to the port that the outside reads.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { VM_RUNS } from '../../../test/vm/runs.ts';
import { runInTestHost } from '../../test-host.mjs';
import { checkoutRoot, nodeModules } from '../../setup/paths.mjs';
import { SYSTEM_IMAGE } from './project-disk.mjs';
import { nothing, readSummary, sum } from '../summary.mjs';
import { keepCrashes, tellCrashes } from './crashes.mjs';

const SUMMARY = '/var/tmp/summary.json';
/** What the outside reads: what each file counted when it ends, and the total in a line of its own. */
const RESULT = '/dev/virtio-ports/gantry.result';
/** The test host's temporary files are on the disk: an overlay on tmpfs is not what users have. */
const DISK = '/var/tmp/test-host';
/** `gantry.files=a,b` on the kernel's command line, or all. */
function wantedFiles() {
  const wanted = /gantry\.files=(\S*)/.exec(readFileSync('/proc/cmdline', 'utf8'))?.[1] ?? '';
  return wanted.split(',').filter(Boolean);
}

const environment = ({ promised }) => ({
  PATH: `${join(nodeModules, '.bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
  SYSTEM_TESTS: promised.join(','),
  GANTRY_TEST_SUMMARY: SUMMARY,
  GANTRY_TEST_PARTS: RESULT,
  // Emulation is slow; what hangs is ended with the machine.
  GANTRY_TEST_SLOWNESS: '5',
  GANTRY_TEST_PROGRAMS: '1',
  // Processes that tests start from source: to strip the types of all of it takes most of their time.
  NODE_COMPILE_CACHE: '/var/tmp/compiled',
  GANTRY_TEST_DEBIAN_SYSTEM: join(checkoutRoot, SYSTEM_IMAGE),
});

async function onTheMachine(command, env) {
  const { exitCode } = await execa(command[0], command.slice(1), {
    cwd: checkoutRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    env: { ...env, GANTRY_TEST_HOST: '1' },
  });
  return exitCode ?? 1;
}

/** @returns {Promise<import('../summary.mjs').Summary>} */
async function runOne(run, files) {
  process.stdout.write(`\n== in the virtual machine: ${run.title} ==\n`);
  rmSync(SUMMARY, { force: true });
  const command = ['vitest', 'run', '--project', run.project, ...files];
  const env = environment(run);
  mkdirSync(DISK, { recursive: true });
  const status =
    run.place === 'host'
      ? await runInTestHost(command, {
          check: true,
          stdio: ['ignore', 'inherit', 'inherit'],
          env: { ...env, GANTRY_TEST_DISK: DISK },
        })
      : await onTheMachine(command, env);
  return readSummary(SUMMARY, status);
}

/**
 * A v2 cgroup with processes hands no controllers down: we go to a leaf of our unit's, which systemd has delegated to us,
 * so that the test host's cgroups can be beside it.
 */
function leaveOwnCgroup() {
  const own = join('/sys/fs/cgroup', readFileSync('/proc/self/cgroup', 'utf8').trim().replace(/^0::/, ''));
  mkdirSync(join(own, 'runner'));
  writeFileSync(join(own, 'runner/cgroup.procs'), `${process.pid}`);
  handHugePagesDown(own);
  const controllers = readFileSync(join(own, 'cgroup.controllers'), 'utf8').trim();
  writeFileSync(join(own, 'cgroup.subtree_control'), controllers.replaceAll(/\S+/g, '+$&'));
}

/** systemd delegates the controllers that it knows, and this one it does not know. */
function handHugePagesDown(own) {
  const above = own.split('/').slice(4, -1);
  for (let depth = 0; depth <= above.length; depth += 1)
    writeFileSync(join('/sys/fs/cgroup', ...above.slice(0, depth), 'cgroup.subtree_control'), '+hugetlb');
}

async function main() {
  leaveOwnCgroup();
  keepCrashes();
  // Loaded by whoever needs them first; but tests ask before whether they are there.
  await execa('modprobe', ['--all', 'overlay', 'loop']);
  let total = nothing();
  const wanted = wantedFiles();
  for (const run of VM_RUNS) {
    const files = wanted.length === 0 ? run.files : run.files.filter((file) => wanted.includes(file));
    if (files.length === 0) continue;
    total = sum(total, await runOne(run, files), run.title);
  }
  await tellCrashes();
  writeFileSync(RESULT, `${JSON.stringify({ total })}\n`);
}

await main();
