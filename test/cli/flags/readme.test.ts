// README's table of flags, the command line and Docker's reference name the same flags.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { create } from '../../../src/cli/commands/create.ts';
import { run } from '../../../src/cli/commands/run.ts';
import type { OptionTable } from '../../../src/cli/parse-options.ts';

/** docker/cli 29.8, docs/reference/commandline/container_run.md, and the two that its help does not show. */
const DOCKER =
  `add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-count
  cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems detach detach-keys device
  device-cgroup-rule device-read-bps device-read-iops device-write-bps device-write-iops dns dns-option dns-search domainname entrypoint
  env env-file expose gpus group-add health-cmd health-interval health-retries health-start-interval health-start-period health-timeout
  hostname init interactive io-maxbandwidth io-maxiops ip ip6 ipc isolation label label-file link link-local-ip log-driver log-opt
  mac-address memory memory-reservation memory-swap memory-swappiness mount name network network-alias no-healthcheck oom-kill-disable
  oom-score-adj pid pids-limit platform privileged publish publish-all pull quiet read-only restart rm runtime security-opt shm-size
  sig-proxy stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit use-api-socket user userns uts volume volume-driver
  volumes-from workdir disable-content-trust kernel-memory`.split(/\s+/);

const known = (options: OptionTable): string[] =>
  Object.entries(options)
    .filter(([, { aliasOf }]) => aliasOf === undefined)
    .map(([name]) => name);

function inReadme(): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('Flags of `run`')) ?? '';
  const cells = section.split('\n').filter((line) => line.startsWith('| `--'));
  return cells.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`--([a-z0-9-]+)`/g)].map(([, name = '']) => name),
  );
}

test('the table has every flag of the command line once, and no other', () => {
  expect(inReadme().toSorted()).toEqual(known(run.options).toSorted());
});

test('the command line knows every flag of docker run; what it has beside is ours', () => {
  const names = known(run.options);
  expect(DOCKER.filter((name) => !names.includes(name))).toEqual([]);
  expect(names.filter((name) => !DOCKER.includes(name)).toSorted()).toEqual([
    'hugetlb',
    'network-rate',
    'systemd',
    'time-offset',
    'timens',
  ]);
});

test('create has the flags of run but for those about the terminal', () => {
  const created = known(create.options);
  expect(
    known(run.options)
      .filter((name) => !created.includes(name))
      .toSorted(),
  ).toEqual(['detach', 'detach-keys', 'sig-proxy']);
});
