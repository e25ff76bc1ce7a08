import { expect, test } from 'vitest';
import { checkSysctls, sysctlPath } from '../../../src/engine/security/sysctls.ts';

const own = { network: true, ipc: true, uts: true, user: false };

test.each([
  ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
  ['net/ipv4/conf/eth0.100/forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
  ['net.ipv4.conf.eth0/100.forwarding', 'net/ipv4/conf/eth0.100/forwarding'],
])('%s is %s', (name, path) => {
  expect(sysctlPath(name)).toBe(path);
  expect(() => checkSysctls([name], own)).not.toThrow();
});

test.each(['kernel.shmmax', 'kernel.sem', 'fs.mqueue.queues_max', 'kernel/shm_rmid_forced'])(
  '%s goes with an ipc namespace',
  (name) => {
    expect(() => checkSysctls([name], own)).not.toThrow();
    expect(() => checkSysctls([name], { ...own, ipc: false })).toThrow('hosts ipc namespace');
  },
);

test.each([
  'kernel.core_pattern',
  'kernel.shmmaxx',
  'fs.file-max',
  'net',
  'network.x',
  'net/../kernel/core_pattern',
  'net//ipv4',
  'net/./x',
  '',
])('%j is the machine’s', (name) => {
  expect(() => checkSysctls([name], own)).toThrow(`sysctl "${name}" is not in a separate kernel namespace`);
});

test('what needs other namespaces', () => {
  expect(() => checkSysctls(['net.x'], { ...own, network: false })).toThrow('host network namespace');
  expect(() => checkSysctls(['kernel.domainname'], own)).not.toThrow();
  expect(() => checkSysctls(['kernel.domainname'], { ...own, uts: false })).toThrow(
    'separate kernel namespace',
  );
  expect(() => checkSysctls(['user.max_net_namespaces'], own)).toThrow('without a user namespace');
  expect(() => checkSysctls(['user.max_net_namespaces'], { ...own, user: true })).not.toThrow();
});
