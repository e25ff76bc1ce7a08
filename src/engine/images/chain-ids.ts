import { createHash } from 'node:crypto';

/** Names of the layers' stacks from the bottom up (OCI image-spec, "Layer ChainID"). */
export function chainIdsFrom(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(
      below === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`,
    );
  }
  return chain;
}
