// Turns the entries of a layer tar into files below the current root directory, whiteouts in the driver's form.
import { isErrno } from '../../../native/syscall-error.ts';
import { fileSink, makeDirectory, makeHardLink, makeSpecial, setDirectoryTime } from './entry-files.ts';
import { layerPath } from './layer-path.ts';
import type { LooseEnds } from './loose-ends.ts';
import { type Places, createPlaces } from './places.ts';
import { type ByteString, textOf } from './tar-header.ts';
import type { EntrySink, TarEntry } from './tar-parser.ts';
import { type WhiteoutFormat, createWhiteouts } from './whiteouts.ts';

export interface Unpacked extends LooseEnds {
  /** Bytes of the regular files. */
  readonly size: number;
}

export interface LayerWriter {
  /** Makes one entry; the sink of a regular file takes its data. */
  entry(entry: TarEntry): EntrySink | undefined;
  /** Sets what can only be set when all is there. */
  finish(): Unpacked;
}

export function createLayerWriter(format: WhiteoutFormat): LayerWriter {
  const places = createPlaces();
  const whiteouts = createWhiteouts(format, places);
  const directoryTimes = new Map<ByteString, bigint>();
  const links: [path: string, target: string][] = [];
  let size = 0;
  const make = (path: ByteString, entry: TarEntry): EntrySink | undefined => {
    directoryTimes.delete(path);
    if (entry.type === '0') {
      size += entry.realSize;
      return namingSink(entry.name, fileSink(path, entry, places));
    }
    if (entry.type === '5') {
      directoryTimes.set(path, entry.mtimeNanos);
      makeDirectory(path, entry, places);
      whiteouts.directoryMade(path);
    } else if (entry.type === '1') links.push(...tryHardLink(path, layerPath(entry.linkname), places));
    else makeSpecial(path, entry, places);
    return undefined;
  };
  return {
    entry: (entry) =>
      naming(entry.name, () => {
        const path = layerPath(entry.name);
        if (whiteouts.take(path, entry)) return undefined;
        whiteouts.made(path);
        return make(path, entry);
      }),
    finish: () => {
      for (const [path, mtimeNanos] of directoryTimes) setDirectoryTime(path, mtimeNanos);
      const implied = directoryTimes.has('/') ? places.implied : ['/', ...places.implied];
      return { size, links, implied };
    },
  };
}

/** Says which entry it was: messages of write(2) do not. */
function naming<T>(name: ByteString, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Error) || error.message.startsWith('unpack ')) throw error;
    throw new Error(`unpack ${textOf(name)}: ${error.message}`, { cause: error });
  }
}

function namingSink(name: ByteString, sink: EntrySink): EntrySink {
  return {
    write: (bytes, offset) => naming(name, () => sink.write(bytes, offset)),
    end: () => naming(name, () => sink.end()),
  };
}

/** @returns the link where its target is not in this layer */
function tryHardLink(path: ByteString, target: ByteString, places: Places): [path: string, target: string][] {
  try {
    makeHardLink(path, target, places);
    return [];
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [[path, target]];
    throw error;
  }
}
