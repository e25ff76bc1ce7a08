// The dashboard's measures, each in a process of its own: first paint, key press to repaint, memory over 20,000 frames,
// and what an untouched screen costs. Prints rows as JSON. Names as arguments run only those.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkoutRoot, nodeModules } from '../setup/paths.mjs';

const FIRST_PAINTS = 7;
const LIMIT_MS = 300_000;

async function bundleBench(directory) {
  const { build } = await import('rolldown');
  const { dashboard: config } = await import('../../rolldown.config.mjs');
  await build({
    ...config,
    cwd: checkoutRoot,
    logLevel: 'warn',
    input: 'test/bench/ui-bench.tsx',
    output: Object.assign({}, config.output, { dir: directory }),
  });
  symlinkSync(nodeModules, join(directory, 'node_modules'));
  return join(directory, 'ui-bench.mjs');
}

function run(script, measure) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', script, measure], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  if (status !== 0) throw new Error(`${measure} ended with ${status}: ${stderr.trim()}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** From spawn to the frame with the lists, the whole process, with the compile cache that bin/gantry uses. */
async function firstPaint(script) {
  const started = performance.now();
  const child = spawn(process.execPath, [script, 'first-paint'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(script), 'cache') },
  });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new Error(`the dashboard ended with ${code} before its first paint`)),
    );
  });
  const elapsed = performance.now() - started;
  // It ends by itself, and writes its compile cache then.
  if (child.exitCode === null) await new Promise((resolve) => child.once('close', resolve));
  return elapsed;
}

const MEASURES = {
  async 'first-paint'(script) {
    const times = [];
    // Fills the cache.
    await firstPaint(script);
    for (let index = 0; index < FIRST_PAINTS; index++) times.push(await firstPaint(script));
    times.sort((left, right) => left - right);
    const value = times[Math.floor(times.length / 2)];
    return {
      name: 'dashboard: first paint, whole process',
      value,
      unit: 'ms',
      goal: 400,
      holds: value <= 400,
    };
  },
  async keys(script) {
    const { median, p99 } = run(script, 'keys');
    const name = 'dashboard: key to repaint, 200 containers';
    return { name, value: median, unit: 'ms', goal: 50, holds: p99 <= 50, p99 };
  },
  async memory(script) {
    const heaps = run(script, 'memory');
    const growth = heaps.at(-1).data / heaps[1].data;
    const series = (key) => heaps.map((heap) => heap[key].toFixed(1)).join(' → ');
    const note = `${series('data')} MB at 2k, 5k, 10k, 20k frames; with code ${series('all')}`;
    const name = 'dashboard: heap at 20,000 frames to 5,000';
    return { name, value: growth, unit: '×', goal: 1.05, holds: growth <= 1.05, note };
  },
  async idle(script) {
    const { cpu, bytesPerSecond } = run(script, 'idle');
    const name = 'dashboard: untouched, 100 containers';
    const note = `${(bytesPerSecond / 1024).toFixed(1)} kB/s to the terminal`;
    return { name, value: cpu, unit: '% of a core', goal: 3, holds: cpu <= 3, note };
  },
};

const directory = mkdtempSync(join(tmpdir(), 'gantry-ui-bench-'));
try {
  const script = await bundleBench(directory);
  const wanted = process.argv.slice(2);
  const rows = [];
  for (const [name, measure] of Object.entries(MEASURES)) {
    if (wanted.length === 0 || wanted.includes(name)) rows.push(await measure(script));
  }
  process.stdout.write(`${JSON.stringify({ rows })}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
