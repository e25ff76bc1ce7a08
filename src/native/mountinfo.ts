// /proc/<pid>/mountinfo (proc_pid_mountinfo(5)) as data. Pure.
//
//   36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//   id parent device root target options propagation… - type source superOptions

export interface MountEntry {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** What of the file system is seen: the source of a bind, below the file system's own root. */
  readonly root: string;
  /** Seen from the root of the process whose mountinfo it is. */
  readonly target: string;
  /** Of this mount: rw, nosuid, relatime … */
  readonly options: readonly string[];
  /** `shared:2`, `master:1` …; empty for a private mount. */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Of the file system, shared by all its mounts. */
  readonly superOptions: readonly string[];
}

/** In the order in which they were mounted; lines that are none are left out. */
export function parseMountinfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => entryFrom(line.split(' ')));
}

function entryFrom(fields: readonly string[]): MountEntry[] {
  const end = fields.indexOf('-');
  if (end < 6) return [];
  const [id = '', parent = '', device = '', root = '', target = '', options = ''] = fields;
  const [type = '', source = '', superOptions = ''] = fields.slice(end + 1);
  return [
    {
      id: Number(id),
      parent: Number(parent),
      device,
      root: unescapeMount(root),
      target: unescapeMount(target),
      options: options.split(','),
      propagation: fields.slice(6, end),
      type,
      source: unescapeMount(source),
      superOptions: unescapeMount(superOptions).split(','),
    },
  ];
}

/** Space, tab, newline, backslash and # are octal. */
export function unescapeMount(text: string): string {
  return text.includes('\\')
    ? text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : text;
}

/** All that is mounted on a mount or on what is mounted on it, nearest first. */
export function mountsOn(entries: readonly MountEntry[], id: number): MountEntry[] {
  const direct = entries.filter(({ parent, id: own }) => parent === id && own !== id);
  return [...direct, ...direct.flatMap((entry) => mountsOn(entries, entry.id))];
}
