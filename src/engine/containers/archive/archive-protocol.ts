// What the engine and its archive helper say to each other.
//
//   engine                                    helper (`gantry internal archive ORDER`)
//     | argv: the order as JSON ------------------>| enters the container's tree
//     |<- 3: {stat}        of get and info --------|
//     |== 0: tar =========================== put =>|
//     |<= 1: tar =========================== get ==|
//     |<- 3: {done} or {failed {kind, message}} ---| ends
import { z } from 'zod';

export const ARCHIVE_HELPER = { name: 'archive', source: 'engine/containers/archive/archive-process.ts' };
export const REPORT_FD = 3;

const viewSchema = z.union([
  z.object({ kind: z.literal('overlay'), lowerdirs: z.array(z.string()).readonly() }),
  z.object({ kind: z.literal('bind'), source: z.string() }),
]);

const rootfsSchema = z.union([
  z.object({
    kind: z.literal('overlay'),
    lowerdirs: z.array(z.string()).readonly(),
    upperdir: z.string(),
    workdir: z.string(),
  }),
  z.object({ kind: z.literal('bind'), source: z.string() }),
]);

const mountSchema = z.object({
  source: z.string(),
  beneath: z.string().optional(),
  target: z.string(),
  readOnly: z.boolean(),
});

const rangesSchema = z
  .array(z.object({ inside: z.number(), outside: z.number(), count: z.number() }))
  .readonly();

/** See archive.ts for the meaning of the fields. */
export const subjectSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('running'),
    container: z.string(),
    init: z.object({ pid: z.number(), startTicks: z.number() }),
    maps: z.object({ uids: rangesSchema, gids: rangesSchema }).optional(),
  }),
  z.object({
    kind: z.literal('stopped'),
    container: z.string(),
    rootfs: rootfsSchema,
    mounts: z.array(mountSchema),
    readOnlyRootfs: z.boolean(),
  }),
]);

export const orderSchema = z.discriminatedUnion('operation', [
  z.object({ operation: z.literal('info'), subject: subjectSchema, path: z.string() }),
  z.object({ operation: z.literal('get'), subject: subjectSchema, path: z.string() }),
  z.object({ operation: z.literal('export'), subject: subjectSchema }),
  z.object({
    operation: z.literal('put'),
    subject: subjectSchema,
    path: z.string(),
    noOverwriteDirNonDir: z.boolean(),
    owner: z.object({ uid: z.number(), gid: z.number() }).optional(),
  }),
  z.object({
    operation: z.literal('copy-up'),
    view: viewSchema,
    path: z.string(),
    volumeDir: z.string(),
  }),
]);

export type ArchiveOrder = z.infer<typeof orderSchema>;
export type OrderSubject = z.infer<typeof subjectSchema>;
export type OrderView = z.infer<typeof viewSchema>;

const statSchema = z.object({
  name: z.string(),
  size: z.number(),
  mode: z.number(),
  mtime: z.string(),
  linkTarget: z.string(),
});

/** What can be the user's doing; all else is internal. */
const failureKinds = z.enum(['not-found', 'invalid-parameter', 'conflict', 'internal']);

export const reportSchema = z.union([
  z.object({ stat: statSchema }),
  z.object({ done: z.literal(true) }),
  z.object({ failed: z.object({ kind: failureKinds, message: z.string() }) }),
]);

export type ArchiveReport = z.infer<typeof reportSchema>;
