import { expect, test } from 'vitest';
import {
  parseIdMap,
  parseLimits,
  parseMembership,
  parseStatus,
  parseTimeOffsets,
} from '../../../src/engine/isolation/process-texts.ts';

const STATUS = `Name:\tsleep: odd
Uid:\t1000\t1000\t1000\t1000
Gid:\t33\t33\t33\t33
Groups:\t10 29 
CapInh:\t0000000000000000
CapPrm:\t00000000a80425fb
CapEff:\t0000000000000021
CapBnd:\t000001ffffffffff
CapAmb:\t0000000000000020
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t3
`;

test('status: ids, capabilities by name, seccomp', () => {
  const facts = parseStatus(STATUS);
  expect(facts).toMatchObject({
    uids: [1000, 1000, 1000, 1000],
    groups: [10, 29],
    noNewPrivileges: true,
    seccompMode: 'filter',
    seccompFilters: 3,
  });
  expect(facts.capabilities.Effective).toEqual(['CAP_CHOWN', 'CAP_KILL']);
  expect(facts.capabilities.Ambient).toEqual(['CAP_KILL']);
  expect(facts.capabilities.Inheritable).toEqual([]);
  expect(facts.capabilities.Bounding).toHaveLength(41);
  expect(facts.capabilities.Permitted).toHaveLength(14);
});

test('status of an older kernel says less', () => {
  expect(parseStatus('Name:\tx\nSeccomp:\t0\n')).toMatchObject({
    seccompMode: 'disabled',
    seccompFilters: undefined,
    noNewPrivileges: false,
    groups: [],
  });
});

test('limits: names with blanks, missing units', () => {
  const text = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max nice priority         0                    0                    
Max open files            1024                 1048576              files     
`;
  expect(parseLimits(text)).toEqual([
    { Name: 'Max cpu time', Soft: 'unlimited', Hard: 'unlimited', Units: 'seconds' },
    { Name: 'Max nice priority', Soft: '0', Hard: '0', Units: '' },
    { Name: 'Max open files', Soft: '1024', Hard: '1048576', Units: 'files' },
  ]);
});

test('maps, clocks, memberships', () => {
  expect(parseIdMap('         0     100000      65536\n     65536 4294901760 1\n')).toEqual([
    { Inside: 0, Outside: 100000, Count: 65536 },
    { Inside: 65536, Outside: 4294901760, Count: 1 },
  ]);
  expect(parseIdMap('')).toEqual([]);
  expect(parseTimeOffsets('monotonic           0         0\nboottime       -3600      5000\n')).toEqual({
    boottime: '-3600.000005000',
  });
  expect(parseTimeOffsets('')).toEqual({});
  expect(parseMembership('9:name=systemd:/\n4:memory,x:/a:b\n0::/c\n')).toEqual([
    { version: 1, controllers: ['name=systemd'], path: '/' },
    { version: 1, controllers: ['memory', 'x'], path: '/a:b' },
    { version: 2, controllers: [], path: '/c' },
  ]);
});
