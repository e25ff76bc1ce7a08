// Where Node was when it crashed in the virtual machine. Programs in containers end by signals on purpose, Node never.
//
// KERNEL: core(5): the program is started outside of all namespaces and gets the memory of the process as its input; in %E
// a `!` stands for each `/`.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const CORES = '/var/tmp/cores';
const KEEPER = '/var/tmp/keep-core';
const KEEP = `#!/bin/sh
case "$2" in *'!node') ;; *) exit ;; esac
tr '\\0' ' ' <"/proc/$1/cmdline" >"${CORES}/$1.command"
exec dd of="${CORES}/$1.core" bs=64k iflag=fullblock conv=sparse status=none
`;
const QUESTIONS = ['info registers', 'x/8i $pc', 'print $_siginfo', 'thread apply all backtrace 20'];
/** It reads Node's symbols, which takes some ten seconds. */
const LIMIT_MS = 120_000;
/** One cause shows itself in each. */
const TOLD = 3;

/** From now on, whoever starts it. */
export function keepCrashes() {
  mkdirSync(CORES);
  writeFileSync(KEEPER, KEEP, { mode: 0o755 });
  writeFileSync('/proc/sys/kernel/core_pattern', `|${KEEPER} %P %E`);
}

/** Writes out what was kept. */
export async function tellCrashes() {
  const kept = readdirSync(CORES).filter((name) => name.endsWith('.core'));
  for (const [index, core] of kept.entries()) {
    const command = readFileSync(join(CORES, core.replace('.core', '.command')), 'utf8');
    process.stdout.write(`\nNode crashed: ${command}\n`);
    if (index >= TOLD) continue;
    const questions = QUESTIONS.flatMap((question) => ['-ex', question]);
    await execa('gdb', ['-nx', '-batch', ...questions, process.execPath, join(CORES, core)], {
      stdio: ['ignore', 'inherit', 'ignore'],
      reject: false,
      timeout: LIMIT_MS,
    });
  }
}
