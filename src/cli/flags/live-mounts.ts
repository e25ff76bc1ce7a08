// What `mount add` may mount: bare words in either grammar of `run`, or `run`'s own flags. One request a mount.
import type { AddMountRequest } from '../../engine/api/container-request.ts';
import { UsageError } from '../exit-error.ts';
import type { OptionTable, OptionValues } from '../parse-options.ts';
import { withFlag } from './limits.ts';
import { parseMount } from './mount-spec.ts';
import { tmpfsFrom, volumesFrom } from './volume-spec.ts';

export const liveMountOptions = {
  mount: { kind: 'list', value: 'mount', help: 'Attach a filesystem mount' },
  tmpfs: { kind: 'list', help: 'Mount a tmpfs directory' },
  volume: { kind: 'list', short: 'v', help: 'Bind mount a volume' },
} as const satisfies OptionTable;

/** In the order: words, -v, --mount, --tmpfs. @throws UsageError, also where there is none */
export function liveMounts(
  words: readonly string[],
  values: OptionValues<typeof liveMountOptions>,
): AddMountRequest[] {
  const requests = [
    ...words.map(fromWord),
    ...values.volume.map(fromVolume),
    ...values.mount.map((spec) => withFlag('--mount', spec, () => fromMount(spec))),
    ...values.tmpfs.map((spec): AddMountRequest => ({ Tmpfs: tmpfsFrom([spec]) })),
  ];
  if (requests.length === 0)
    throw new UsageError('nothing to mount: say SOURCE:TARGET[:OPTIONS] or type=…,source=…,target=…');
  return requests;
}

/** Neither a path nor a volume's name holds `=` before its first colon or comma as `type=bind,…` does. */
function fromWord(word: string): AddMountRequest {
  return /^[a-z-]+=/.test(word) ? fromMount(word) : fromVolume(word);
}

function fromMount(spec: string): AddMountRequest {
  return { Mounts: [parseMount(spec)] };
}

function fromVolume(spec: string): AddMountRequest {
  const { binds, volumes } = volumesFrom([spec]);
  return { Binds: binds, Volumes: volumes };
}
