// Other programs' firewall rules that would stop containers' traffic. An accept in our table does not undo a drop
// in another, so all that we can do is to name them. Pure.

export interface BlockingChain {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
}

/**
 * Chains that drop forwarded packets by policy and have no rule that names the bridge.
 * @param ruleset what `list ruleset` printed
 */
export function blockingChains(ruleset: string, own: { table: string; bridgeName: string }): BlockingChain[] {
  const found: BlockingChain[] = [];
  for (const { family, table, body } of tablesOf(ruleset)) {
    if (table === own.table || !['ip', 'inet'].includes(family)) continue;
    for (const [, chain = '', rules = ''] of body.matchAll(/^\tchain (\S+) \{\n(.*?)^\t\}/gms)) {
      const drops = /type filter hook forward .*policy drop;/.test(rules);
      if (drops && !rules.includes(`"${own.bridgeName}"`)) found.push({ family, table, chain });
    }
  }
  return found;
}

/** What is wrong and the commands that mend it. */
export function describeBlock({ family, table, chain }: BlockingChain, bridgeName: string): string {
  const insert = `nft insert rule ${family} ${table} ${chain}`;
  return (
    `chain ${chain} of table ${family} ${table} drops forwarded packets, so containers on ${bridgeName} are cut off; ` +
    `let them through with: ${insert} iifname ${bridgeName} accept; ${insert} oifname ${bridgeName} accept`
  );
}

function tablesOf(ruleset: string): { family: string; table: string; body: string }[] {
  return [...ruleset.matchAll(/^table (\S+) (\S+) \{[^\n]*\n(.*?)^\}/gms)].map(
    ([, family = '', table = '', body = '']) => ({ family, table, body }),
  );
}
