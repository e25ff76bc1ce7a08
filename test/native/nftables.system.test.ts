import { expect } from 'vitest';
import { NetlinkConnection } from '../../src/native/netlink/connection.ts';
import { NETLINK, openNetlinkSocket } from '../../src/native/netlink/transport.ts';
import { inNetns } from '../../src/native/netns.ts';
import { hasChain, NftablesError, openNftables } from '../../src/native/nftables.ts';
import { freshNetns } from '../support/fresh-netns.ts';
import { systemTest } from '../support/requires.ts';

const nftTest = systemTest('root', 'nft');

nftTest('a context serves the namespace that it was made in, wherever it is used', () => {
  using netns = freshNetns();
  using inside = inNetns(netns.fd, () => openNftables());
  using outside = openNftables();
  inside.run('add table ip within');
  expect(inside.list('list tables')).toBe('table ip within\n');
  expect(outside.list('list tables')).not.toContain('within');
});

nftTest('commands are one transaction: all of them or none', () => {
  using netns = freshNetns();
  using nft = inNetns(netns.fd, () => openNftables());
  expect(() => nft.run('add table ip one\ndelete table ip none')).toThrow(NftablesError);
  expect(nft.list('list tables')).toBe('');
});

nftTest('errors tell what was refused, and why', () => {
  using netns = freshNetns();
  using nft = inNetns(netns.fd, () => openNftables());
  const refusal = (commands: string): NftablesError => {
    try {
      nft.run(commands);
    } catch (error) {
      return error as NftablesError;
    }
    throw new Error('not refused');
  };
  expect(refusal('delete table ip none')).toMatchObject({
    message: 'nftables: Could not process rule: No such file or directory: delete table ip none',
    isNotFound: true,
    isConflict: false,
  });
  expect(refusal('nonsense').message).toMatch(/^nftables: syntax error/);
  nft.run(
    'add table ip t\nadd map ip t m { type inet_service : ipv4_addr; }\nadd element ip t m { 1 : 10.0.0.1 }',
  );
  expect(refusal('add element ip t m { 1 : 10.0.0.2 }')).toMatchObject({
    isNotFound: false,
    isConflict: true,
  });
  // What is there already is no conflict.
  nft.run('add element ip t m { 1 : 10.0.0.1 }');
});

nftTest('a chain is found by its name without reading the table', () => {
  using netns = freshNetns();
  using nft = inNetns(netns.fd, () => openNftables());
  using netfilter = new NetlinkConnection(inNetns(netns.fd, () => openNetlinkSocket(NETLINK.NETFILTER)));
  nft.run('add table ip t\nadd chain ip t c');
  expect(hasChain(netfilter, 't', 'c')).toBe(true);
  expect(hasChain(netfilter, 't', 'd')).toBe(false);
  expect(hasChain(netfilter, 'u', 'c')).toBe(false);
});
