// Takes a tar apart as its bytes arrive: no promise an entry, so a layer of 50,000 small files costs what the kernel
// costs. Long names, extended attributes as bytes and all four sparse formats come out as plain entries.
import { type PaxEntry, applyPax, decimal, parsePax, runsFrom } from './pax.ts';
import {
  BLOCK_SIZE,
  type ByteString,
  type SparseRun,
  type TarHeader,
  TarFormatError,
  parseGnuSparse,
  parseGnuSparseExtension,
  parseHeader,
} from './tar-header.ts';

export interface TarEntry extends TarHeader {
  /** Bytes of the finished file: more than `size` where it is sparse. */
  readonly realSize: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** What takes the data of one entry; called synchronously. */
export interface EntrySink {
  /** @param offset where in the finished file these bytes belong */
  write(bytes: Buffer, offset: number): void;
  end(): void;
}

export interface TarParser {
  write(chunk: Buffer): void;
  /** Throws where the archive stops in the middle. */
  end(): void;
}

/** Long names and extended headers are held in memory: bounded, as in Go's archive/tar. */
const MAX_SPECIAL_BYTES = 1 << 20;

/** Calls `onEntry` for each entry; the returned sink gets its data, undefined skips it. */
export function createTarParser(onEntry: (entry: TarEntry) => EntrySink | undefined): TarParser {
  return new Parser(onEntry);
}

/** What the next bytes are. */
type Expecting = 'header' | 'special' | 'gnu-sparse' | 'pax-sparse' | 'data' | 'padding' | 'trailer';

class Parser implements TarParser {
  readonly #onEntry: (entry: TarEntry) => EntrySink | undefined;
  #expecting: Expecting = 'header';
  /** Bytes of an unfinished block, name or map. */
  #held: Buffer[] = [];
  #heldLength = 0;
  /** Bytes to come of the current special body, data or padding. */
  #remaining = 0;
  #special: TarHeader | undefined;
  #longName: ByteString | undefined;
  #longLink: ByteString | undefined;
  #pax: [string, Buffer][] = [];
  #entry: PaxEntry | undefined;
  #sparseNumbers: number[] = [];
  #sparseRest = '';
  #data: DataRuns | undefined;
  /** Size of the data that is padded to whole blocks after it. */
  #padAfter = 0;

  constructor(onEntry: (entry: TarEntry) => EntrySink | undefined) {
    this.#onEntry = onEntry;
  }

  write(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && this.#expecting !== 'trailer') rest = this.#take(rest);
  }

  end(): void {
    if (this.#expecting === 'trailer') return;
    // Like Docker, accept an archive without the closing blocks of zeroes.
    const isBetweenEntries = this.#expecting === 'header' && this.#heldLength === 0;
    if (!isBetweenEntries) throw new TarFormatError('unexpected EOF');
  }

  /** Consumes some bytes, returns the others. */
  #take(bytes: Buffer): Buffer {
    switch (this.#expecting) {
      case 'data':
        return this.#takeData(bytes);
      case 'padding': {
        const count = Math.min(bytes.length, this.#remaining);
        this.#remaining -= count;
        if (this.#remaining === 0) this.#expecting = 'header';
        return bytes.subarray(count);
      }
      case 'special':
        return this.#gather(bytes, this.#remaining, (body) => this.#specialDone(body));
      case 'header':
        return this.#gather(bytes, BLOCK_SIZE, (block) => this.#headerDone(block));
      case 'gnu-sparse':
        return this.#gather(bytes, BLOCK_SIZE, (block) => this.#gnuSparseDone(block));
      case 'pax-sparse':
        return this.#gather(bytes, BLOCK_SIZE, (block) => this.#paxSparseDone(block));
      default:
        return bytes.subarray(bytes.length);
    }
  }

  /** Collects exactly `length` bytes across chunks, then hands them over. */
  #gather(bytes: Buffer, length: number, done: (whole: Buffer) => void): Buffer {
    const count = Math.min(bytes.length, length - this.#heldLength);
    this.#held.push(bytes.subarray(0, count));
    this.#heldLength += count;
    if (this.#heldLength === length) {
      const whole = this.#held.length === 1 ? bytes.subarray(0, count) : Buffer.concat(this.#held);
      this.#held = [];
      this.#heldLength = 0;
      done(whole);
    }
    return bytes.subarray(count);
  }

  #headerDone(block: Buffer): void {
    const header = parseHeader(block);
    if (header === undefined) this.#expecting = 'trailer';
    else if ('xgLK'.includes(header.type)) this.#startSpecial(header);
    else if (header.type === 'S') this.#startGnuSparse(header, block);
    else this.#startEntry(this.#withExtensions(header));
  }

  #startSpecial(header: TarHeader): void {
    if (header.size > MAX_SPECIAL_BYTES) throw new TarFormatError('a header of the tar is too large');
    this.#special = header;
    this.#remaining = header.size;
    if (header.size === 0) this.#specialDone(Buffer.alloc(0));
    else this.#expecting = 'special';
  }

  #specialDone(body: Buffer): void {
    const header = this.#special;
    const name = body.toString('latin1').split('\0', 1)[0] ?? '';
    if (header?.type === 'L') this.#longName = name;
    if (header?.type === 'K') this.#longLink = name;
    // A global header ('g') names the archive (git puts the commit there): no entry takes anything from it.
    if (header?.type === 'x') this.#pax.push(...parsePax(Buffer.from(body)));
    this.#startPadding(body.length);
  }

  #withExtensions(header: TarHeader): PaxEntry {
    const name = this.#longName ?? header.name;
    const entry = applyPax({ ...header, name, linkname: this.#longLink ?? header.linkname }, this.#pax);
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#pax = [];
    return entry;
  }

  #startGnuSparse(header: TarHeader, block: Buffer): void {
    const { runs, extended, realSize } = parseGnuSparse(block);
    const entry = this.#withExtensions({ ...header, type: '0' });
    this.#entry = { ...entry, sparse: { realSize, runs } };
    if (extended) this.#expecting = 'gnu-sparse';
    else this.#startEntry(this.#entry);
  }

  #gnuSparseDone(block: Buffer): void {
    const { runs, extended } = parseGnuSparseExtension(block);
    const entry = this.#entry;
    if (entry?.sparse?.runs === undefined) throw new Error('unreachable: sparse block without its header');
    this.#entry = { ...entry, sparse: { ...entry.sparse, runs: [...entry.sparse.runs, ...runs] } };
    if (!extended) this.#startEntry(this.#entry);
  }

  #startEntry(entry: PaxEntry): void {
    if (entry.sparse !== undefined && entry.sparse.runs === undefined) {
      this.#entry = entry;
      this.#sparseNumbers = [];
      this.#sparseRest = '';
      this.#expecting = 'pax-sparse';
      return;
    }
    this.#openData(entry, entry.header.size);
  }

  /** Format 1.0: count, then offset and length of each run, one decimal a line, padded to whole blocks. */
  #paxSparseDone(block: Buffer): void {
    const entry = this.#entry;
    if (entry?.sparse === undefined) throw new Error('unreachable: sparse map without its header');
    const lines = (this.#sparseRest + block.toString('latin1')).split('\n');
    this.#sparseRest = lines.pop() ?? '';
    this.#sparseNumbers.push(...lines.map((line) => decimal('sparse map', line) ?? 0));
    const left = entry.header.size - BLOCK_SIZE;
    if (left < 0) throw new TarFormatError('invalid sparse map in tar');
    this.#entry = { ...entry, header: { ...entry.header, size: left } };
    const [count = 0, ...numbers] = this.#sparseNumbers;
    if (this.#sparseNumbers.length === 0 || numbers.length < count * 2) return;
    const runs = runsFrom(numbers.slice(0, count * 2));
    this.#openData({ ...this.#entry, sparse: { ...entry.sparse, runs } }, left);
  }

  #openData(entry: PaxEntry, size: number): void {
    this.#entry = undefined;
    const { header, sparse, xattrs } = entry;
    const runs = sparse?.runs ?? [{ offset: 0, length: size }];
    const realSize = sparse?.realSize ?? size;
    checkRuns(runs, { size, realSize });
    const hasData = header.type === '0' || header.type === '7';
    const sink = this.#onEntry({
      ...header,
      type: header.type === '7' ? '0' : header.type,
      realSize,
      xattrs,
    });
    this.#data = new DataRuns(runs, hasData ? sink : undefined);
    this.#remaining = size;
    this.#expecting = 'data';
    if (size === 0) this.#endData(0);
    else this.#padAfter = size;
  }

  #takeData(bytes: Buffer): Buffer {
    const count = Math.min(bytes.length, this.#remaining);
    this.#data?.write(bytes.subarray(0, count));
    this.#remaining -= count;
    if (this.#remaining === 0) this.#endData(this.#padAfter);
    return bytes.subarray(count);
  }

  #endData(size: number): void {
    this.#data?.end();
    this.#data = undefined;
    this.#startPadding(size);
  }

  #startPadding(size: number): void {
    this.#remaining = (BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE;
    this.#expecting = this.#remaining === 0 ? 'header' : 'padding';
  }
}

/** Runs that overlap, go backwards or promise other data than there is would write where nothing belongs. */
function checkRuns(runs: readonly SparseRun[], sizes: { size: number; realSize: number }): void {
  let end = 0;
  let total = 0;
  for (const run of runs) {
    if (run.offset < end) throw new TarFormatError('invalid sparse map in tar');
    end = run.offset + run.length;
    total += run.length;
  }
  if (end > sizes.realSize || total !== sizes.size) throw new TarFormatError('invalid sparse map in tar');
}

/** Spreads the data of an entry over its runs. */
class DataRuns {
  readonly #runs: readonly SparseRun[];
  readonly #sink: EntrySink | undefined;
  #index = 0;
  #done = 0;

  constructor(runs: readonly SparseRun[], sink: EntrySink | undefined) {
    this.#runs = runs;
    this.#sink = sink;
  }

  write(bytes: Buffer): void {
    if (this.#sink === undefined) return;
    let rest = bytes;
    while (rest.length > 0) {
      const run = this.#runs[this.#index];
      if (run === undefined) return;
      const count = Math.min(rest.length, run.length - this.#done);
      if (count > 0) this.#sink.write(rest.subarray(0, count), run.offset + this.#done);
      this.#done += count;
      rest = rest.subarray(count);
      if (this.#done === run.length) {
        this.#index += 1;
        this.#done = 0;
      }
    }
  }

  end(): void {
    this.#sink?.end();
  }
}
