// The dashboard's own measures live with its tests and print rows as JSON.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from '../setup/paths.mjs';

const SCRIPT = join(checkoutRoot, 'scripts/bench/ui.mjs');

/** @returns {Promise<import('./statistics.mjs').Row[]>} */
export async function measureDashboard() {
  if (!existsSync(SCRIPT)) return [];
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (status !== 0) throw new Error(`the dashboard's measures ended with ${status}: ${stderr.trim()}`);
  return JSON.parse(stdout).rows;
}
