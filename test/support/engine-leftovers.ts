// What an engine leaves on purpose, for the next one with the same root: tests have no next one.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { linkNamesFor } from '../../src/engine/network/create-network-service.ts';
import { waitFor } from './wait-for.ts';

/** A shim starts gantry once more after its container's end; what it still tidies up must not come back to life. */
export async function cleanedUp(root: string): Promise<void> {
  const isOurs = (pid: string): boolean => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.includes(root) || command.includes('gantry-shim');
    } catch {
      return false; // it ended while we looked
    }
  };
  await waitFor(() => !readdirSync('/proc').some((name) => /^\d+$/.test(name) && isOurs(name)), {
    reason: 'the clean-up of all containers has ended',
  });
}

/** The bridge and the table of an engine outlive its containers, for the next one; here nobody comes next. */
export function removeNetwork(root: string): void {
  const { bridgeName, table } = linkNamesFor(root);
  if (!existsSync(`/sys/class/net/${bridgeName}`)) return;
  execFileSync('ip', ['link', 'delete', bridgeName]);
  execFileSync('nft', [`delete table ip ${table}`]);
}
