// What a test can leave behind in the kernel and on disk, as lines of text that can be compared: take a snapshot, run,
// and ask for the leftovers. Used round the whole system run by the test host, and inside tests that inject failures.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export type Snapshot = ReadonlySet<string>;

/** Where the engine keeps state, where named network namespaces are, and where tests put their files. */
const stateDirectories = () => ['/var/lib/gantry', '/run/gantry', '/run/netns', tmpdir()];
/** Left by Node, the test runner and tmux themselves. */
const FOREIGN_FILES = /\/(node-compile-cache|vitest|tmux-\d+|v8-compile-cache-\d+)$/;

function entries(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

function mounts(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return lines.map((line) => `mount ${line.split(' ')[4] ?? ''} (${line.split(' - ')[1] ?? ''})`);
}

function links(): string[] {
  return readdirSync('/sys/class/net').map((name) => `link ${name}`);
}

/** Name and parent are told, so that a reader can find who started it. Zombies count: somebody did not wait. */
function processes(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      // Threads of the kernel have no program; they come and go as they like.
      const isKernelThread = /^Kthread:\s*1$/m.test(status);
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      if (!isKernelThread)
        found.push(`process ${pid} ${/^Name:\s*(.*)$/m.exec(status)?.[1] ?? ''} [${command}]`);
    } catch {
      continue; // it ended while we looked
    }
  }
  return found;
}

/** Network namespaces that something keeps alive: a process, a mount or a bind of a name. */
function networkNamespaces(): string[] {
  const found = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      found.add(`network namespace ${readlinkSync(`/proc/${pid}/ns/net`)}`);
    } catch {
      continue; // it ended while we looked
    }
  }
  return [...found];
}

function cgroupsBelow(directory: string): string[] {
  const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below.flatMap((entry) => {
    const path = join(directory, entry.name);
    return [`cgroup ${path}`, ...cgroupsBelow(path)];
  });
}

/** The engine's own parent stays, as Docker's does: one directory a hierarchy, without processes. What is in it counts. */
const OWN_PARENT = /^cgroup \/sys\/fs\/cgroup(\/[^/]+)?\/gantry$/;

function cgroups(): string[] {
  if (!existsSync('/sys/fs/cgroup')) return [];
  return cgroupsBelow('/sys/fs/cgroup').filter((line) => !OWN_PARENT.test(line));
}

function nftTables(): string[] {
  try {
    const text = execFileSync('nft', ['list', 'tables'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((table) => `nft ${table}`);
  } catch {
    return []; // no nft here, so nobody made a table with it either: the tests that would are gated on it
  }
}

function files(): string[] {
  return stateDirectories()
    .flatMap(entries)
    .filter((path) => !FOREIGN_FILES.test(path))
    .map((path) => `file ${path}`);
}

/** Everything that is there now. Cheap enough (about 10 ms) to take round a single test. */
export function snapshot(): Snapshot {
  return new Set([
    ...mounts(),
    ...links(),
    ...processes(),
    ...networkNamespaces(),
    ...cgroups(),
    ...nftTables(),
    ...files(),
  ]);
}

/**
 * What is there now and was not then. Ending a process, a network namespace or a cgroup is asynchronous in the kernel,
 * so it asks again for up to `graceMs` before it believes that something was left.
 */
export async function leftovers(before: Snapshot, graceMs = 10_000): Promise<string[]> {
  const deadline = Date.now() + graceMs;
  for (;;) {
    const left = [...snapshot()].filter((line) => !before.has(line));
    if (left.length === 0 || Date.now() > deadline) return left;
    await delay(20);
  }
}
