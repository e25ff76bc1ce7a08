// Who may import whom, room by room. The compiler holds the coarse rule (ui and cli see only engine/api); this test
// holds the fine one, and names each import that breaks it. ARCHITECTURE.md tells the reasons.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Room → the rooms and packages that it may import besides itself and node:. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  native: ['ffi-rs', 'zod'],
  'engine/api': ['zod'],
  'engine/state': ['engine/api', 'native', 'zod'],
  'engine/events': ['engine/api', 'engine/state', 'native', 'zod'],
  'engine/registry': ['engine/api', 'execa', 'undici', 'zod'],
  'engine/cgroups': ['engine/api', 'native', 'execa'],
  'engine/security': ['engine/api', 'native', 'zod'],
  'engine/doctor': ['engine/api', 'native', 'engine/userns'],
  'engine/storage': ['engine/api', 'native', 'engine/state', 'zod', 'tar-stream'],
  'engine/volumes': ['engine/api', 'native', 'engine/state', 'engine/storage', 'zod'],
  'engine/userns': ['engine/api', 'native', 'engine/state'],
  'engine/network': ['engine/api', 'native', 'engine/state', 'engine/events', 'zod'],
  'engine/images': [
    'engine/api',
    'native',
    'engine/registry',
    'engine/storage',
    'engine/state',
    'engine/events',
    'tar-stream',
    'zod',
  ],
  'engine/containers': [
    'engine/api',
    'native',
    'engine/images',
    'engine/storage',
    'engine/volumes',
    'engine/network',
    'engine/userns',
    'engine/cgroups',
    'engine/security',
    'engine/state',
    'engine/events',
    'tar-stream',
    'zod',
  ],
  'engine/isolation': ['engine/api', 'native', 'engine/cgroups', 'engine/containers', 'engine/security'],
  'engine/client': ['engine'],
  engine: ['engine', 'native'],
  cli: ['engine/api', 'tar-stream'],
  ui: ['engine/api', 'ink', 'react', 'zustand', 'string-width', 'execa'],
  main: ['engine', 'engine/client', 'engine/storage', 'cli', 'ui'],
};

/** A room of this name holds what nobody found a place for. */
const NO_ROOM = /\/(utils?|common|helpers?|misc|shared|lib)(\/|\.tsx?$)/;

interface Import {
  readonly file: string;
  readonly target: string;
}

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => join('src', path));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s*['"]([^'"]+)['"]/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(IMPORT)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .filter((target) => !target.startsWith('node:'))
    .map((target) => ({
      file,
      target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
    }));
}

/** `src/engine/network/drivers/bridge.ts` → `engine/network`; a package is a room of its own name. */
function roomOf(path: string): string {
  if (!path.startsWith('src/')) return path.startsWith('@') ? path : (path.split('/')[0] ?? path);
  const [first = '', second = '', third] = relative('src', path).split('/');
  if (first !== 'engine') return second === '' ? 'main' : first;
  return third === undefined ? 'engine' : `engine/${second}`;
}

function isAllowed({ file, target }: Import): boolean {
  const from = roomOf(file);
  const to = roomOf(target);
  const allowed = MAY_IMPORT[from] ?? [];
  if (from === to || allowed.includes(to)) return true;
  // `engine` stands for every room of the engine: only the composition and the client see all of them.
  return allowed.includes('engine') && to.startsWith('engine/');
}

/** What is left when every file is taken away that imports no file that is left. */
function circles(all: readonly Import[]): string[] {
  let left = all.filter(({ target }) => target.startsWith('src/'));
  for (;;) {
    const importers = new Set(left.map(({ file }) => file));
    const next = left.filter(({ target }) => importers.has(target));
    if (next.length === left.length) return next.map(show);
    left = next;
  }
}

const files = sourceFiles();
const imports = files.flatMap(importsOf);
const show = ({ file, target }: Import) => `${file} -> ${target}`;

test('the walk sees the sources and their imports', () => {
  expect(files.length).toBeGreaterThan(60);
  expect(imports.length).toBeGreaterThan(files.length);
});

test('every room is in the table', () => {
  const rooms = new Set(files.map(roomOf));
  expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
});

test('rooms import only what the table allows', () => {
  expect(imports.filter((it) => !isAllowed(it)).map(show)).toEqual([]);
});

test('files import each other in no circle, not for a type and not at a later time', () => {
  expect(circles(imports)).toEqual([]);
});

test('ffi-rs is imported in one file', () => {
  const users = imports.filter(({ target }) => target === 'ffi-rs').map(({ file }) => file);
  expect(users).toEqual(['src/native/ffi.ts']);
});

test('drivers are known only to the table of drivers', () => {
  const isForeign = ({ file, target }: Import) =>
    /\/drivers\/(?!index\.ts|\w+-driver\.ts)/.test(target) && !file.includes('/drivers/');
  expect(imports.filter(isForeign).map(show)).toEqual([]);
});

test('no source imports a test, and no folder is a drawer for odds and ends', () => {
  expect(imports.filter(({ target }) => /(^|\/)test\//.test(target)).map(show)).toEqual([]);
  expect(files.filter((file) => NO_ROOM.test(file))).toEqual([]);
});

test('the rules refuse what they should', () => {
  const refused = (file: string, target: string) => !isAllowed({ file, target });
  expect(refused('src/ui/App.tsx', 'src/native/syscalls.ts')).toBe(true);
  expect(refused('src/cli/cli.ts', 'src/engine/network/ipam.ts')).toBe(true);
  expect(refused('src/native/netns.ts', 'src/engine/api/errors.ts')).toBe(true);
  expect(refused('src/engine/network/ipam.ts', 'src/engine/containers/start.ts')).toBe(true);
  const circle = [
    { file: 'src/a.ts', target: 'src/b.ts' },
    { file: 'src/b.ts', target: 'src/c.ts' },
    { file: 'src/c.ts', target: 'src/b.ts' },
    { file: 'src/c.ts', target: 'src/d.ts' },
  ];
  expect(circles(circle)).toEqual(['src/a.ts -> src/b.ts', 'src/b.ts -> src/c.ts', 'src/c.ts -> src/b.ts']);
  expect(refused('src/ui/App.tsx', 'src/engine/api/errors.ts')).toBe(false);
});
