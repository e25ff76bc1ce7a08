// The benchmark itself, inside the test host.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutRoot } from '../setup/paths.mjs';
import { makeBundle } from './bundles.mjs';
import { measureDashboard } from './dashboard.mjs';
import { measureExec, measureStart } from './engine-calls.mjs';
import { loadImage, whyNoEngine } from './gantry.mjs';
import { measureSampling, measureShims } from './many-containers.mjs';
import { measureCommands } from './processes.mjs';

/** In this order; those with `engine` need a gantry that works. */
const MEASURES = [
  { name: 'start', run: measureStart, engine: true },
  { name: 'exec', run: measureExec, engine: true },
  { name: 'commands', run: measureCommands, engine: true },
  { name: 'shims', run: measureShims, engine: true },
  { name: 'sampling', run: measureSampling, engine: true },
  { name: 'dashboard', run: measureDashboard, engine: false },
];

const number = (value) => (value === undefined ? '' : value.toFixed(value < 10 ? 2 : 1));

function print(rows) {
  const cells = rows.map(({ name, value, unit, p99, goal, holds, note }) => [
    name,
    `${number(value)} ${unit}`,
    p99 === undefined ? '' : `p99 ${number(p99)}`,
    goal === undefined ? '' : `≤ ${number(goal)}`,
    holds === undefined ? '' : holds ? 'holds' : 'MISSED',
    note ?? '',
  ]);
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    );
}

async function measureAll(names, directory) {
  const context = {
    directory,
    bundle: makeBundle(join(directory, 'bundle'), ['/bin/true']),
  };
  const missing = whyNoEngine();
  if (missing === undefined) await loadImage(directory);
  else process.stderr.write(`the engine is left out: ${missing}\n`);
  const rows = [];
  for (const { name, run, engine } of MEASURES) {
    const isWanted = names.length === 0 || names.includes(name);
    if (!isWanted || (engine && missing !== undefined)) continue;
    process.stderr.write(`${name} …\n`);
    const found = await run(context).catch((error) => [failed(name, error)]);
    rows.push(...found);
  }
  return rows;
}

/** A measure that breaks must not hide the others. */
function failed(name, error) {
  process.stderr.write(`${name}: ${error.stack}\n`);
  return { name, value: Number.NaN, unit: '', note: error.message.split('\n')[0], holds: false, goal: 0 };
}

const directory = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
try {
  const rows = await measureAll(process.argv.slice(2), directory);
  print(rows);
  mkdirSync(join(checkoutRoot, 'build'), { recursive: true });
  writeFileSync(join(checkoutRoot, 'build/bench.json'), `${JSON.stringify({ rows }, undefined, 2)}\n`);
  process.exitCode = rows.some(({ holds }) => holds === false) ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
