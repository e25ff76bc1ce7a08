// Where `cp` puts things: Docker's table of what exists at the destination and how the source was written. Pure.
import { posix } from 'node:path';
import { ExitError } from '../exit-error.ts';

/** What is known of a path on either side; undefined where nothing is there. */
export type PathKind = 'file' | 'directory' | undefined;

export interface CopyPlan {
  /** An existing directory that the archive is unpacked into. */
  readonly directory: string;
  /** What the archive's top entry is called there; empty: its contents go straight into the directory. */
  readonly topName: string;
}

export interface CopyEnds {
  readonly source: string;
  readonly sourceKind: 'file' | 'directory';
  readonly destination: string;
  readonly destinationKind: PathKind;
}

/** @throws ExitError where Docker refuses */
export function planCopy({ source, sourceKind, destination, destinationKind }: CopyEnds): CopyPlan {
  const contentsOnly = sourceKind === 'directory' && /(^|\/)\.$/.test(source);
  if (destinationKind === 'directory') {
    return {
      directory: destination,
      topName: contentsOnly ? '' : posix.basename(posix.resolve('/', source)),
    };
  }
  if (destinationKind === 'file' && sourceKind === 'directory') {
    throw new ExitError(1, `gantry: cannot copy a directory to a file: ${destination}`);
  }
  if (destination.endsWith('/') && (sourceKind === 'file' || destinationKind === 'file')) {
    const problem = destinationKind === 'file' ? 'is not a directory' : 'does not exist';
    throw new ExitError(1, `gantry: the destination directory ${destination} ${problem}`);
  }
  const plain = destination.replace(/\/+$/, '');
  return { directory: posix.dirname(plain), topName: posix.basename(plain) };
}

export interface CopyArgument {
  /** Undefined: on this machine. */
  readonly container: string | undefined;
  readonly path: string;
}

/** `name:/path`; what begins with `/` or `.` is always a local path. */
export function parseCopyArgument(text: string): CopyArgument {
  const colon = text.indexOf(':');
  if (colon <= 0 || text.startsWith('/') || text.startsWith('.')) return { container: undefined, path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** A top entry's new name for a name in the archive; undefined for the top itself where only its contents are wanted. */
export function renameTop(name: string, topName: string): string | undefined {
  const [, ...rest] = name.replace(/^\.\//, '').replace(/\/+$/, '').split('/');
  const renamed = topName === '' ? rest.join('/') : [topName, ...rest].join('/');
  return renamed === '' ? undefined : renamed;
}
