// The archive helper: `gantry internal archive`, or this file itself when run from source. See archive-protocol.ts.
// It does one order in the tree of one container and ends; everything in it is synchronous (see archive-root.ts).
import { existsSync, statSync, writeSync } from 'node:fs';
import { isHelperSource } from '../../../native/helper-process.ts';
import { EngineError } from '../../api/errors.ts';
import { copyTree } from '../../storage/copy-tree.ts';
import { containerIds, type ContainerIds } from '../container-ids.ts';
import { actOnFilesAs } from '../../../native/file-system-ids.ts';
import { packTree } from './archive-pack.ts';
import {
  type ArchiveOrder,
  type ArchiveReport,
  type OrderSubject,
  REPORT_FD,
  orderSchema,
} from './archive-protocol.ts';
import { unpackTar } from './archive-put.ts';
import { enterRootfs, enterSubject, enterView } from './archive-root.ts';
import { findPath } from './archive-stat.ts';

const TAR_IN_FD = 0;
const TAR_OUT_FD = 1;

/** @param argv what follows `internal archive` @returns the exit status */
export function runArchive(argv: readonly string[]): number {
  try {
    carryOut(orderSchema.parse(JSON.parse(argv[0] ?? '')));
    report({ done: true });
    return 0;
  } catch (error) {
    report({ failed: failureFrom(error) });
    return 1;
  }
}

function carryOut(order: ArchiveOrder): void {
  switch (order.operation) {
    case 'info':
      enterSubject(order.subject);
      report({ stat: findPath(order.path, order.subject.container).stat });
      return;
    case 'get': {
      enterSubject(order.subject);
      const { path, stat } = findPath(order.path, order.subject.container);
      report({ stat });
      packTree({ path, name: stat.name === '/' ? '.' : stat.name, ids: idsOf(order.subject) }, writeTar);
      return;
    }
    case 'export':
      enterRootfs(order.subject);
      packTree({ path: '/', name: '', ids: idsOf(order.subject) }, writeTar);
      return;
    case 'put':
      enterSubject(order.subject);
      actAsItsRoot(order.subject);
      unpackTar(order, { fd: TAR_IN_FD, ids: idsOf(order.subject) });
      return;
    case 'copy-up':
      copyUp(order);
  }
}

/** The volume is reached by the working directory alone: it lies outside of the root that paths of the image have. */
function copyUp(order: Extract<ArchiveOrder, { operation: 'copy-up' }>): void {
  process.umask(0);
  enterView(order.view, order.volumeDir);
  // With a slash a link is followed, as the mount will follow it.
  const source = `${order.path}/`;
  if (existsSync(source) && statSync(source).isDirectory()) copyTree(source, '.');
}

/** Owners in a tar are the container's. A stopped one's are those on disk, which are the same as inside. */
function idsOf(subject: OrderSubject): ContainerIds {
  return containerIds(subject.kind === 'running' ? subject.maps : undefined);
}

/** Layers and volumes are shown by idmapped mounts, in which the host's root has no place and can make nothing. */
function actAsItsRoot(subject: OrderSubject): void {
  const { uid, gid } = idsOf(subject).toHost({ uid: 0, gid: 0 });
  if (uid !== 0 || gid !== 0) actOnFilesAs(uid, gid);
}

function writeTar(bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(TAR_OUT_FD, bytes, done);
}

function report(message: ArchiveReport): void {
  writeSync(REPORT_FD, `${JSON.stringify(message)}\n`);
}

function failureFrom(error: unknown): Extract<ArchiveReport, { failed: unknown }>['failed'] {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof EngineError)) return { kind: 'internal', message };
  const { kind } = error;
  const isKnown = kind === 'not-found' || kind === 'invalid-parameter' || kind === 'conflict';
  return { kind: isKnown ? kind : 'internal', message };
}

if (isHelperSource(import.meta.url)) process.exitCode = runArchive(process.argv.slice(2));
