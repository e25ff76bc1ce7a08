#!/usr/bin/env node
// A test host: fresh network, mount, process and cgroup namespaces that look like a machine with an uplink, so that
// tests can configure links, mounts, nftables and cgroups without touching the real one. When the command ends, the
// kernel ends whatever it left running.
//
//   node scripts/test-host.mjs [--check] [-- command …]     a shell where no command is given
//
// --check makes whatever the command left behind (processes, mounts, links, namespaces, nft tables, cgroups, files)
// a failure; without it, it is only told.
//
// Inside: eth0 198.51.100.2/24 leads to the network namespace `outside` (198.51.100.1, and 203.0.113.1 behind it, which
// plays the internet; it has no route back to containers, so a reply proves that NAT worked). /run, /var/lib/gantry and
// $TMPDIR are empty tmpfs; /sys/fs/cgroup shows only the test host's own cgroups.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCgroups, makeLeaves, removeCgroups, sweepCgroups } from './test-host/cgroups.mjs';
import { checkoutRoot, pinnedNode } from './setup/paths.mjs';
import { amendSummary, failure } from './test/summary.mjs';

/** Joins the cgroups given as first argument (a list, one a line), then becomes the rest. */
const JOIN =
  'printf "%s\\n" "$1" | while read -r d; do echo $$ > "$d/cgroup.procs" || exit 125; done || exit 125; shift; exec "$@"';
/** Makes the cgroup that it is in the root of a new namespace, and goes on in a leaf of it. */
const LEAVE = `exec unshare --cgroup -- sh -c '${JOIN}' sh "$@"`;
/** Process 1 of the test host: adopts and reaps orphans, as the init of a machine would. */
const REAP = '"$@"; exit $?';

function namespaceCommand(command) {
  const inside = fileURLToPath(new URL('test-host/inside.mjs', import.meta.url));
  const unshare = 'unshare --net --mount --pid --mount-proc --propagation private --fork --kill-child --';
  return [
    ...unshare.split(' '),
    'sh',
    '-c',
    REAP,
    'sh',
    pinnedNode() ?? process.execPath,
    inside,
    ...command,
  ];
}

/** What a test host must never change: the links and mounts of the machine's own namespaces. */
function machineState() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return [
    ...readdirSync('/sys/class/net').map((link) => `link ${link}`),
    ...mounts.map((line) => `mount ${line.split(' ')[4]}`),
  ];
}

function changes(before, after) {
  return [
    ...after.filter((item) => !before.includes(item)).map((item) => `${item} appeared on the machine`),
    ...before.filter((item) => !after.includes(item)).map((item) => `${item} vanished from the machine`),
  ];
}

/**
 * Runs a command in a test host of its own.
 * @param {readonly string[]} command
 * @param {{ check?: boolean, env?: Record<string, string>, stdio?: import('node:child_process').StdioOptions, limitMs?: number }} options
 *   limitMs: when to end everything in it
 * @returns {Promise<number>} the command's exit status; 1 where it left something behind and `check` is given
 */
export async function runInTestHost(command, options = {}) {
  if (process.getuid?.() !== 0) throw new Error('a test host needs root');
  await sweepCgroups();
  const before = machineState();
  const cgroups = makeCgroups(`gantry-test-${process.pid}`);
  try {
    const status = await run(
      [...shell(JOIN, cgroups), ...shell(LEAVE, makeLeaves(cgroups)), ...namespaceCommand(command)],
      options,
    );
    const changed = changes(before, machineState());
    for (const change of changed) process.stderr.write(`test host: ${change}\n`);
    if (changed.length === 0 || !options.check) return status;
    amendSummary(options.env?.GANTRY_TEST_SUMMARY, failure('the machine', changed.join('\n')));
    return Math.max(status, 1);
  } finally {
    await removeCgroups(cgroups);
  }
}

const shell = (script, directories) => ['sh', '-c', script, 'sh', directories.join('\n')];

async function run(command, { check = false, env = {}, stdio = 'inherit', limitMs }) {
  const child = spawn(command[0], command.slice(1), {
    stdio,
    env: { ...process.env, ...env, GANTRY_TEST_HOST_CHECK: check ? '1' : '' },
  });
  // The terminal sends these to every process in the foreground; the command inside decides what to do.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  const stop = () => child.kill('SIGKILL');
  process.on('SIGTERM', stop);
  const limit = limitMs === undefined ? undefined : setTimeout(() => tooLong(child, limitMs), limitMs);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
    });
  } finally {
    clearTimeout(limit);
    process.off('SIGINT', ignore);
    process.off('SIGTERM', stop);
  }
}

function tooLong(child, limitMs) {
  process.stderr.write(`test host: ended after ${limitMs / 60_000} minutes\n`);
  child.kill('SIGKILL');
}

async function main(argv) {
  const separator = argv.indexOf('--');
  const flags = separator === -1 ? argv : argv.slice(0, separator);
  const command = separator === -1 ? [] : argv.slice(separator + 1);
  const unknown = flags.find((flag) => flag !== '--check');
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}; the command comes after --`);
  const bin = join(checkoutRoot, 'node_modules/.bin');
  const env = existsSync(bin) ? { PATH: `${bin}:${process.env.PATH}` } : {};
  const shell = command.length > 0 ? command : [process.env.SHELL ?? '/bin/sh'];
  process.exitCode = await runInTestHost(shell, { check: flags.includes('--check'), env });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
