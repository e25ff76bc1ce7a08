import { closeSync, readlinkSync } from 'node:fs';
import { expect } from 'vitest';
import { inNetns, openNetnsOf } from '../../src/native/netns.ts';
import { freshNetns } from '../support/fresh-netns.ts';
import { systemTest } from '../support/requires.ts';

const netTest = systemTest('root', 'netns');
const here = (): string => readlinkSync('/proc/thread-self/ns/net');

netTest('the thread is inside during the call and back after it, also when it throws', () => {
  using netns = freshNetns();
  const home = here();
  const away = inNetns(netns.fd, here);
  expect(away).not.toBe(home);
  expect(here()).toBe(home);
  expect(() =>
    inNetns(netns.fd, () => {
      throw new Error('inside');
    }),
  ).toThrow('inside');
  expect(here()).toBe(home);
});

netTest('a namespace is named by any process in it', () => {
  const fd = openNetnsOf(process.pid);
  try {
    expect(inNetns(fd, here)).toBe(here());
  } finally {
    closeSync(fd);
  }
});

netTest('what is no namespace is refused and nothing has moved', () => {
  const home = here();
  expect(() => inNetns(-1, here)).toThrow('setns fd -1');
  expect(here()).toBe(home);
});
