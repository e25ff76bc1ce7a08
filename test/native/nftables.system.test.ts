import { expect } from 'vitest';
import { inNetns } from '../../src/native/netns.ts';
import { NftablesError, openNftables } from '../../src/native/nftables.ts';
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
  expect(refusal('delete table ip none').message).toBe(
    'nftables: Could not process rule: No such file or directory: delete table ip none',
  );
  expect(refusal('nonsense').message).toMatch(/^nftables: syntax error/);
});
