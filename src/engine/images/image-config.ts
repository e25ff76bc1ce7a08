// The config of an image (OCI image-spec "config.md"): what a container takes its defaults from, and what its layers
// must be once unpacked.
import { z } from 'zod';
import { EngineError } from '../api/errors.ts';

const strings = z.array(z.string()).nullable().optional();
const set = z.record(z.string(), z.object({})).nullable().optional();

/** `config` of the document; Docker writes null where others leave out. */
const execution = z.object({
  User: z.string().optional(),
  ExposedPorts: set,
  Env: strings,
  Entrypoint: strings,
  Cmd: strings,
  Volumes: set,
  WorkingDir: z.string().optional(),
  Labels: z.record(z.string(), z.string()).nullable().optional(),
  StopSignal: z.string().optional(),
});

const historyEntry = z.object({
  created: z.string().optional(),
  created_by: z.string().optional(),
  comment: z.string().optional(),
  empty_layer: z.boolean().optional(),
});
export type HistoryEntry = z.infer<typeof historyEntry>;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const schema = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  created: z.string().nullable().optional(),
  author: z.string().optional(),
  config: execution.nullable().optional(),
  rootfs: z.object({ type: z.string().optional(), diff_ids: z.array(digest).nullable() }),
  history: z.array(historyEntry).nullable().optional(),
});
export type ImageDocument = z.infer<typeof schema>;

/** More is no image config; Docker's own are some kilobytes. */
export const MAX_CONFIG_BYTES = 8 << 20;

export function parseImageConfig(bytes: Buffer): ImageDocument {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new EngineError('invalid-parameter', 'the image config is not valid', { cause: error });
  }
}
