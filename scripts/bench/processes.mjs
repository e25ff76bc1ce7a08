// Whole processes, from the shell's point of view. The goals are for a machine where `node -e 0` takes 45 ms, so they
// grow and shrink with what it takes here.
import { pinnedNode } from '../setup/paths.mjs';
import { IMAGE, gantry, timedGantry } from './gantry.mjs';
import { timed } from './runtimes.mjs';
import { atMost, inTurns } from './statistics.mjs';

const ROUNDS = 30;
const REFERENCE_NODE_MS = 45;

/** @returns {Promise<import('./statistics.mjs').Row[]>} */
export async function measureCommands() {
  gantry('run', '-d', '--name', 'bench-exec', IMAGE);
  try {
    const took = await inTurns(
      {
        'node -e 0': () => timed(pinnedNode(), ['-e', '0']),
        'gantry ps': () => timedGantry('ps'),
        'gantry exec C true': () => timedGantry('exec', 'bench-exec', 'true'),
        'gantry run --rm IMAGE true, bridge': () => timedGantry('run', '--rm', IMAGE, 'true'),
      },
      ROUNDS,
    );
    const scale = took['node -e 0'].median / REFERENCE_NODE_MS;
    const goals = { 'gantry ps': 75, 'gantry exec C true': 80, 'gantry run --rm IMAGE true, bridge': 130 };
    return Object.entries(took).map(([name, { median, p99 }]) => {
      const row = { name, value: median, p99, unit: 'ms' };
      const goal = goals[name];
      return goal === undefined
        ? row
        : atMost(goal * scale, { ...row, note: `${goal} ms × ${scale.toFixed(2)}` });
    });
  } finally {
    gantry('rm', '-f', 'bench-exec');
  }
}
