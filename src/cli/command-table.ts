// Every command's name and sentence. A command's own file is loaded only when it runs, so that `gantry ps` does not
// pay for `gantry run`.
import type { Command } from './command.ts';
import { type CommandNode, type CommandTable, type Group, type Leaf, isGroup } from './command-tree.ts';

const leaf = (summary: string, load: () => Promise<Command>, aliases: readonly string[] = []): Leaf => ({
  summary,
  load,
  aliases,
});

const withAliases = (node: Leaf, aliases: readonly string[]): Leaf => ({ ...node, aliases });

const run = leaf(
  'Create and run a new container from an image',
  async () => (await import('./commands/run.ts')).run,
);
const exec = leaf(
  'Execute a command in a running container',
  async () => (await import('./commands/exec.ts')).exec,
);
const ps = leaf('List containers', async () => (await import('./commands/ps.ts')).ps);
const pull = leaf('Download an image from a registry', async () => (await import('./commands/pull.ts')).pull);
const images = leaf('List images', async () => (await import('./commands/images.ts')).images);
const version = leaf(
  'Show the Gantry version information',
  async () => (await import('./commands/version.ts')).version,
);
const info = leaf('Display system-wide information', async () => (await import('./commands/info.ts')).info);
const rmi = leaf('Remove one or more images', async () => (await import('./commands/rmi.ts')).rmi);
const rm = leaf('Remove one or more containers', async () => (await import('./commands/rm.ts')).rm);
const history = leaf(
  'Show the history of an image',
  async () => (await import('./commands/history.ts')).history,
);
const load = leaf(
  'Load an image from a tar archive or STDIN',
  async () => (await import('./commands/load.ts')).load,
);
const tag = leaf(
  'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  async () => (await import('./commands/tag.ts')).tag,
);
const events = leaf(
  'Get real time events from the engine',
  async () => (await import('./commands/events.ts')).events,
);

/** Those that stand at the top and below `container` with the same name. */
const containerCommands = {
  attach: leaf(
    'Attach local standard input, output, and error streams to a running container',
    async () => (await import('./commands/attach.ts')).attach,
  ),
  cp: leaf(
    'Copy files/folders between a container and the local filesystem',
    async () => (await import('./commands/cp.ts')).cp,
  ),
  create: leaf('Create a new container', async () => (await import('./commands/create.ts')).create),
  diff: leaf(
    "Inspect changes to files or directories on a container's filesystem",
    async () => (await import('./commands/diff.ts')).diff,
  ),
  kill: leaf('Kill one or more running containers', async () => (await import('./commands/stop.ts')).kill),
  logs: leaf('Fetch the logs of a container', async () => (await import('./commands/logs.ts')).logs),
  pause: leaf(
    'Pause all processes within one or more containers',
    async () => (await import('./commands/pause.ts')).pause,
  ),
  port: leaf(
    'List port mappings or a specific mapping for the container',
    async () => (await import('./commands/port.ts')).port,
  ),
  rename: leaf('Rename a container', async () => (await import('./commands/rename.ts')).rename),
  restart: leaf('Restart one or more containers', async () => (await import('./commands/stop.ts')).restart),
  start: leaf(
    'Start one or more stopped containers',
    async () => (await import('./commands/start.ts')).start,
  ),
  stats: leaf(
    'Display a live stream of container(s) resource usage statistics',
    async () => (await import('./commands/stats.ts')).stats,
  ),
  stop: leaf('Stop one or more running containers', async () => (await import('./commands/stop.ts')).stop),
  top: leaf(
    'Display the running processes of a container',
    async () => (await import('./commands/top.ts')).top,
  ),
  unpause: leaf(
    'Unpause all processes within one or more containers',
    async () => (await import('./commands/pause.ts')).unpause,
  ),
  update: leaf(
    'Update configuration of one or more containers',
    async () => (await import('./commands/update.ts')).update,
  ),
  wait: leaf(
    'Block until one or more containers stop, then print their exit codes',
    async () => (await import('./commands/wait.ts')).wait,
  ),
} satisfies CommandTable;

const container: Group = {
  summary: 'Manage containers',
  commands: {
    ...containerCommands,
    exec,
    inspect: leaf(
      'Display detailed information on one or more containers',
      async () => (await import('./commands/inspect.ts')).inspectContainer,
    ),
    ls: withAliases(ps, ['list', 'ps']),
    prune: leaf(
      'Remove all stopped containers',
      async () => (await import('./commands/prune.ts')).pruneContainers,
    ),
    rm: withAliases(rm, ['remove']),
    run,
  },
};

const image: Group = {
  summary: 'Manage images',
  commands: {
    history,
    inspect: leaf(
      'Display detailed information on one or more images',
      async () => (await import('./commands/inspect.ts')).inspectImage,
    ),
    load,
    ls: withAliases(images, ['list']),
    prune: leaf('Remove unused images', async () => (await import('./commands/prune.ts')).pruneImages),
    pull,
    rm: withAliases(rmi, ['remove']),
    tag,
  },
};

const network: Group = {
  summary: 'Manage networks',
  commands: {
    inspect: leaf(
      'Display detailed information on one or more networks',
      async () => (await import('./commands/inspect.ts')).inspectNetwork,
    ),
    ls: leaf('List networks', async () => (await import('./commands/network-ls.ts')).networkLs, ['list']),
  },
};

const volume: Group = {
  summary: 'Manage volumes',
  commands: {
    create: leaf('Create a volume', async () => (await import('./commands/volume-create.ts')).volumeCreate),
    inspect: leaf(
      'Display detailed information on one or more volumes',
      async () => (await import('./commands/inspect.ts')).inspectVolume,
    ),
    ls: leaf('List volumes', async () => (await import('./commands/volume-ls.ts')).volumeLs, ['list']),
    prune: leaf(
      'Remove unused local volumes',
      async () => (await import('./commands/prune.ts')).pruneVolumes,
    ),
    rm: leaf('Remove one or more volumes', async () => (await import('./commands/volume-rm.ts')).volumeRm, [
      'remove',
    ]),
  },
};

const mount: Group = {
  summary: 'Manage the mounts of running containers',
  commands: {
    add: leaf(
      'Mount binds, volumes or tmpfs on a running container',
      async () => (await import('./commands/mount.ts')).mountAdd,
    ),
    ls: leaf('List the mounts of a container', async () => (await import('./commands/mount.ts')).mountLs, [
      'list',
    ]),
    rm: leaf('Take mounts from a container', async () => (await import('./commands/mount.ts')).mountRm, [
      'remove',
    ]),
  },
};

const system: Group = {
  summary: 'Manage Gantry',
  commands: {
    df: leaf('Show disk usage', async () => (await import('./commands/system-df.ts')).systemDf),
    events,
    info,
    prune: leaf('Remove unused data', async () => (await import('./commands/prune.ts')).pruneSystem),
  },
};

export const commandTable: CommandTable = {
  run,
  exec,
  ps,
  pull,
  images,
  version,
  info,
  container,
  image,
  mount,
  network,
  system,
  volume,
  ...containerCommands,
  completion: leaf('Print the completion script of a shell', async () =>
    (await import('./commands/completion.ts')).completionOf(commandTable),
  ),
  doctor: leaf(
    'Look at what this machine has and lacks for running containers',
    async () => (await import('./commands/doctor.ts')).doctor,
  ),
  events,
  history,
  inspect: leaf(
    'Return low-level information on objects',
    async () => (await import('./commands/inspect.ts')).inspect,
  ),
  load,
  rm,
  rmi,
  tag,
};

/** The node of that name or alias in one group. */
export function findCommand(table: CommandTable, name: string): CommandNode | undefined {
  if (Object.hasOwn(table, name)) return table[name];
  return Object.values(table).find((node) => !isGroup(node) && node.aliases?.includes(name) === true);
}

export interface ResolvedCommand {
  /** `['container', 'ls']` */
  readonly path: readonly string[];
  readonly node: CommandNode | undefined;
  readonly rest: readonly string[];
}

/** Walks as many words as are groups; `node` is missing where a word is no command. */
export function resolveCommand(table: CommandTable, argv: readonly string[]): ResolvedCommand {
  const path: string[] = [];
  let node: CommandNode = { summary: '', commands: table };
  let rest = argv;
  while (isGroup(node) && rest[0] !== undefined && !rest[0].startsWith('-')) {
    path.push(rest[0]);
    const next = findCommand(node.commands, rest[0]);
    rest = rest.slice(1);
    if (next === undefined) return { path, node: undefined, rest };
    node = next;
  }
  return { path, node, rest };
}
