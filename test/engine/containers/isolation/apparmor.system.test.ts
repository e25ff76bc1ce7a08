// AppArmor, asked from inside. Runs where the kernel has it, which the virtual machine's has.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { isolationTestWith, openCells } from '../../../support/cells.ts';
import { has } from '../../../support/requires.ts';

const apparmorTest = isolationTestWith('apparmor');
const { sh, running, refusal } = openCells();
const OURS = 'gantry-test';
const DOCKERS = 'docker-default';

/** Everything but one file, so that the profile is seen to hold. */
const profile = (name: string): string => `
profile ${name} flags=(attach_disconnected,mediate_deleted) {
  network, capability, file, mount, umount, pivot_root, signal, ptrace, unix,
  deny /etc/group r,
}`;

function load(name: string, how: '--replace' | '--remove'): void {
  execFileSync('apparmor_parser', ['--skip-cache', how], {
    input: profile(name),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

beforeAll(() => {
  if (!has('apparmor')) return;
  // A test host has a sysfs of its own.
  if (!existsSync('/sys/kernel/security/apparmor'))
    execFileSync('mount', ['-t', 'securityfs', 'securityfs', '/sys/kernel/security']);
  load(OURS, '--replace');
});
afterAll(() => {
  if (has('apparmor')) load(OURS, '--remove');
});

const SHOW = 'cat /proc/self/attr/current; cat /etc/group > /dev/null && echo read';

apparmorTest('apparmor=PROFILE confines the command, execs and what --init starts', async () => {
  for (const Init of [false, true]) {
    await using one = await running({ SecurityOpt: [`apparmor=${OURS}`], Init });
    expect(await one.sh(SHOW)).toMatch(/^gantry-test \(enforce\)\n.*Permission denied/);
  }
  const { stdout, stderr } = await sh(SHOW, { SecurityOpt: [`apparmor=${OURS}`], Init: true });
  expect(stdout).toBe(`${OURS} (enforce)\n`);
  expect(stderr).toContain('Permission denied');
});

apparmorTest('no-new-privileges does not keep the profile away', async () => {
  const { stdout } = await sh(SHOW, { SecurityOpt: [`apparmor=${OURS}`, 'no-new-privileges'] });
  expect(stdout).toBe(`${OURS} (enforce)\n`);
});

apparmorTest('a profile that is not loaded fails the start by name', async () => {
  expect(await refusal({ SecurityOpt: ['apparmor=gantry-nowhere'] })).toBe(
    'failed to create task for container: unable to apply apparmor profile "gantry-nowhere": no such file or directory',
  );
});

apparmorTest(
  'without a flag: docker’s profile where it is loaded, none where not, none for --privileged',
  async () => {
    expect((await sh(SHOW)).stdout).toMatch(/^unconfined\nread/);
    load(DOCKERS, '--replace');
    try {
      expect((await sh(SHOW)).stdout).toBe(`${DOCKERS} (enforce)\n`);
      expect((await sh(SHOW, { SecurityOpt: ['apparmor=unconfined'] })).stdout).toMatch(/^unconfined\nread/);
      expect((await sh(SHOW, { Privileged: true })).stdout).toMatch(/^unconfined\nread/);
    } finally {
      load(DOCKERS, '--remove');
    }
  },
);
