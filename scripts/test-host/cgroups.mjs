// The cgroup side of a test host: a directory of its own below this process's own cgroup in each mounted hierarchy.
// The test host gets a cgroup namespace whose root is that directory, so nothing above it can be reached.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * @typedef {{ mountPoint: string, root: string, type: 'cgroup' | 'cgroup2', options: string }} Hierarchy
 *   options: what mount(8) needs to mount the same hierarchy again (`memory`, `none,name=systemd`, '' for v2)
 */

/** Options of the mount itself that are no names of controllers. */
const GENERAL = new Set([
  'rw',
  'ro',
  'xattr',
  'nsdelegate',
  'memory_recursiveprot',
  'memory_localevents',
  'favordynmods',
]);

function optionsFrom(superOptions) {
  const names = superOptions
    .split(',')
    .filter((option) => !GENERAL.has(option) && !option.startsWith('release_agent'));
  return names.some((name) => name.startsWith('name=')) ? ['none', ...names].join(',') : names.join(',');
}

/** The cgroup hierarchies that this mount namespace shows, one entry a mount point. @returns {Hierarchy[]} */
export function mountedHierarchies(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')) {
  const found = new Map();
  for (const line of mountinfo.trim().split('\n')) {
    const [left, right] = line.split(' - ');
    const [, , , root, mountPoint] = left.split(' ');
    const [type, , superOptions] = right.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    found.set(mountPoint, {
      mountPoint,
      root,
      type,
      options: type === 'cgroup2' ? '' : optionsFrom(superOptions),
    });
  }
  return [...found.values()];
}

/** This process's own path in the hierarchy, as /proc/self/cgroup has it; undefined where it does not name it. */
function ownPath(hierarchy, procSelfCgroup) {
  const wanted = hierarchy.options.replace(/^none,/, '').split(',')[0];
  for (const line of procSelfCgroup.trim().split('\n')) {
    const [id, controllers, ...path] = line.split(':');
    const isMine = hierarchy.type === 'cgroup2' ? id === '0' : controllers.split(',').includes(wanted);
    if (isMine) return path.join(':');
  }
  return undefined;
}

function read(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

/** A v2 cgroup with processes cannot hand controllers down (cgroups(7)), so go up to one that does. */
function delegatingAncestor(directory, mountPoint) {
  let current = directory;
  while (current !== mountPoint && read(join(current, 'cgroup.subtree_control')) === '')
    current = dirname(current);
  return current;
}

function ownDirectory(hierarchy, procSelfCgroup) {
  const path = ownPath(hierarchy, procSelfCgroup);
  if (path === undefined) return undefined;
  const directory = join(hierarchy.mountPoint, relative(hierarchy.root, path));
  const isV2WithControllers =
    hierarchy.type === 'cgroup2' && read(join(hierarchy.mountPoint, 'cgroup.controllers')) !== '';
  return isV2WithControllers ? delegatingAncestor(directory, hierarchy.mountPoint) : directory;
}

/** A new v1 cpuset is empty, and no process may enter it before it has processors and memory nodes. */
function fillCpuset(directory) {
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const path = join(directory, name);
    if (existsSync(path) && read(path) === '') writeFileSync(path, read(join(dirname(directory), name)));
  }
}

/** Makes the directory `name` in each hierarchy. @returns {string[]} their paths */
export function makeCgroups(name) {
  const procSelfCgroup = readFileSync('/proc/self/cgroup', 'utf8');
  const made = [];
  for (const hierarchy of mountedHierarchies()) {
    const own = ownDirectory(hierarchy, procSelfCgroup);
    if (own === undefined) continue;
    const directory = join(own, name);
    mkdirSync(directory);
    made.push(directory);
    if (hierarchy.type === 'cgroup') fillCpuset(directory);
  }
  return made;
}

/**
 * A v2 cgroup hands controllers down only when no process is in it itself, so the test host's own are in a leaf. From
 * inside nobody could move them: the outermost is in no pid namespace that is seen there.
 * @param {readonly string[]} directories @returns {string[]}
 */
export function makeLeaves(directories) {
  return directories
    .filter((directory) => read(join(directory, 'cgroup.controllers')) !== '')
    .map((directory) => {
      const leaf = join(directory, 'init');
      mkdirSync(leaf);
      return leaf;
    });
}

/** Every cgroup below a directory, deepest first. */
export function cgroupsBelow(directory) {
  const below = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(directory, entry.name);
    below.push(...cgroupsBelow(path), path);
  }
  return below;
}

/** Removes the directories with what is in them. A process that was killed leaves its cgroup a little later. */
export async function removeCgroups(directories, graceMs = 5000) {
  const deadline = Date.now() + graceMs;
  const present = directories.filter((directory) => existsSync(directory));
  for (const path of present.flatMap((directory) => [...cgroupsBelow(directory), directory]))
    while (!isRemoved(path, deadline)) await delay(10);
}

function isRemoved(path, deadline) {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (error.code === 'EBUSY' && Date.now() < deadline) return false;
    throw error;
  }
}

/** Removes what test hosts left behind whose maker was killed: `gantry-test-<pid>` of a process that is gone. */
export async function sweepCgroups() {
  const procSelfCgroup = readFileSync('/proc/self/cgroup', 'utf8');
  for (const hierarchy of mountedHierarchies()) {
    const own = ownDirectory(hierarchy, procSelfCgroup);
    if (own === undefined || !existsSync(own)) continue;
    for (const name of readdirSync(own)) {
      const pid = /^gantry-test-(\d+)$/.exec(name)?.[1];
      if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
      const directory = join(own, name);
      const inUse = [directory, ...cgroupsBelow(directory)].some(
        (path) => read(join(path, 'cgroup.procs')) !== '',
      );
      if (!inUse) await removeCgroups([directory]);
    }
  }
}
