// The dashboard's own numbers, against the fake engine in a terminal that is not there: key press to repaint, memory over
// many frames, processor time of an idle screen. Run by scripts/bench/ui.mjs, bundled as the real one is.
import { EventEmitter } from 'node:events';
import { type HeapSpaceInfo, getHeapSpaceStatistics } from 'node:v8';
import { runDashboard } from '../../src/ui/dashboard.tsx';
import type { TerminalInput, TerminalOutput } from '../../src/ui/terminal-session.ts';
import { createFakeEngine, type FakeEngine } from '../support/fake-engine.ts';
import { FakeStdin, FakeStdout } from '../support/fake-terminal.ts';

interface Bench {
  readonly stdin: FakeStdin;
  readonly frames: () => number;
  readonly bytes: () => number;
  /** Resolves when the next frame has been written. */
  nextFrame(): Promise<void>;
  close(): Promise<number>;
}

const SIZE = { columns: 160, rows: 50 };

function manyContainers(count: number): FakeEngine {
  const engine = createFakeEngine();
  for (let index = 0; index < count; index++) {
    engine.addContainer({ name: `service-${index}`, image: 'registry.example/app:1.2', cpu: index % 90 });
  }
  return engine;
}

function openBench(engine: FakeEngine, maxFps?: number): Bench {
  const stdin = new FakeStdin();
  const drawn = new EventEmitter();
  const count = { frames: 0, bytes: 0 };
  const stdout = new FakeStdout(SIZE, (text) => {
    count.bytes += text.length;
    // The end of a synchronised update is the end of a frame.
    if (!text.includes('\u{1B}[?2026l')) return;
    count.frames++;
    drawn.emit('frame');
  });
  const ended = runDashboard(engine.client, {
    stdin: stdin as unknown as TerminalInput,
    stdout: stdout as unknown as TerminalOutput,
    env: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    ...(maxFps === undefined ? {} : { maxFps }),
  });
  return {
    stdin,
    frames: () => count.frames,
    bytes: () => count.bytes,
    nextFrame: () => new Promise((resolve) => drawn.once('frame', resolve)),
    close: async () => {
      stdin.feed('q');
      return ended;
    },
  };
}

const pause = (ms: number): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), ms));

/** Milliseconds from a key to the frame that it changed, with numbers coming in every second. */
async function measureKeys(containers: number, presses: number): Promise<{ median: number; p99: number }> {
  const bench = openBench(manyContainers(containers));
  await pause(1500);
  const times: number[] = [];
  for (let press = 0; press < presses; press++) {
    const started = performance.now();
    const frame = bench.nextFrame();
    bench.stdin.feed(Math.floor(press / (containers - 1)) % 2 === 0 ? 'j' : 'k');
    await frame;
    times.push(performance.now() - started);
    // As fast as a key repeats.
    await pause(30);
  }
  await bench.close();
  times.sort((left, right) => left - right);
  return {
    median: times[Math.floor(times.length / 2)] ?? 0,
    p99: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

/**
 * Heap at the given numbers of frames, while everything on the screen changes. The log is as long from the beginning as
 * the dashboard keeps one: filling up to a bound is no growth.
 */
async function measureMemory(marks: readonly number[]): Promise<Held[]> {
  const engine = manyContainers(40);
  engine.log('service-0', 'line before all\n'.repeat(6000));
  const bench = openBench(engine, 1000);
  await pause(800);
  const heaps: Held[] = [];
  let direction = 'j';
  for (const mark of marks) {
    while (bench.frames() < mark) {
      const frame = bench.nextFrame().then(() => true);
      const step = bench.frames();
      if (step % 20 === 0) engine.log('service-0', `line ${step} ${Math.random()}\n`);
      bench.stdin.feed(step % 60 === 0 ? '3' : step % 60 === 2 ? '1' : direction);
      // At the end of the list nothing changes: back, or it would be the clock that draws the frames.
      if (!(await Promise.race([frame, pause(50)]))) direction = direction === 'j' ? 'k' : 'j';
    }
    heaps.push(await heldMegabytes(bench));
  }
  await bench.close();
  return heaps;
}

/** Megabytes on the heap. */
interface Held {
  readonly all: number;
  /** Without the code that V8 makes as it gets to know a program: it comes to its end, but not within 20,000 frames. */
  readonly data: number;
}

const LOOKS = 6;

/**
 * What is held on to, with the container selected whose log is long: the least of several looks, since machine code that V8 has
 * replaced goes with one of the next collections.
 */
async function heldMegabytes(bench: Bench): Promise<Held> {
  for (const key of ['1', 'g']) {
    bench.stdin.feed(key);
    await pause(300);
  }
  let least: Held = { all: Infinity, data: Infinity };
  for (let look = 0; look < LOOKS; look += 1) {
    globalThis.gc?.();
    const held = heldNow();
    least = { all: Math.min(least.all, held.all), data: Math.min(least.data, held.data) };
    await pause(20);
  }
  return least;
}

function heldNow(): Held {
  const used = (spaces: readonly HeapSpaceInfo[]): number =>
    spaces.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0) / 1024 ** 2;
  const spaces = getHeapSpaceStatistics();
  // trusted_space: bytecode, and what machine code refers to.
  return {
    all: used(spaces),
    data: used(spaces.filter(({ space_name: name }) => !/code|trusted/.test(name))),
  };
}

/** Per cent of a core that an untouched dashboard takes. */
async function measureIdle(
  containers: number,
  seconds: number,
): Promise<{ cpu: number; bytesPerSecond: number }> {
  const bench = openBench(manyContainers(containers));
  await pause(3000);
  const before = process.cpuUsage();
  const bytes = bench.bytes();
  await pause(seconds * 1000);
  const used = process.cpuUsage(before);
  const written = bench.bytes() - bytes;
  await bench.close();
  return { cpu: (used.user + used.system) / (seconds * 10_000), bytesPerSecond: written / seconds };
}

async function main(measure: string): Promise<unknown> {
  switch (measure) {
    case 'first-paint': {
      const bench = openBench(manyContainers(20));
      while (bench.bytes() < 3000) await bench.nextFrame();
      process.stdout.write('painted\n');
      return bench.close();
    }
    case 'keys':
      return measureKeys(200, 400);
    case 'memory':
      return measureMemory([2000, 5000, 10_000, 20_000]);
    case 'idle':
      return measureIdle(100, 8);
    default:
      throw new Error(`no measure ${measure}`);
  }
}

const result = await main(process.argv[2] ?? '');
process.stdout.write(`${JSON.stringify(result)}\n`);
// Lets Node write its compile cache, as a dashboard that a person quits does.
process.exit(0);
