// `-v SOURCE:TARGET:OPTIONS` and `--tmpfs`.
import { resolve } from 'node:path';
import { UsageError } from '../exit-error.ts';
import { cut } from './key-value.ts';

export interface VolumeFlags {
  /** For HostConfig.Binds; relative paths made absolute. */
  readonly binds: string[];
  /** Anonymous volumes: target → {} */
  readonly volumes: Record<string, Record<string, never>>;
}

/** @throws UsageError */
export function volumesFrom(specs: readonly string[]): VolumeFlags {
  const binds: string[] = [];
  const volumes: Record<string, Record<string, never>> = {};
  for (const spec of specs) {
    const parts = spec.split(':');
    checkVolume(spec, parts);
    if (parts.length === 1) volumes[spec] = {};
    else binds.push(absoluteBind(parts));
  }
  return { binds, volumes };
}

/** `--tmpfs /run:size=64m` → target and options. */
export function tmpfsFrom(specs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    specs.map((spec) => {
      const [target, options] = cut(spec, ':');
      if (!target.startsWith('/')) {
        throw new UsageError(`invalid mount path: '${target}' mount path must be absolute`);
      }
      return [target, options ?? ''];
    }),
  );
}

function checkVolume(spec: string, parts: readonly string[]): void {
  if (spec === '') throw new UsageError('invalid empty volume spec');
  if (parts.includes('')) throw new UsageError(`invalid spec: ${spec}: empty section between colons`);
  if (parts.length > 3) throw new UsageError(`invalid spec: ${spec}: too many colons`);
  const target = parts[1] ?? parts[0] ?? '';
  if (!target.startsWith('/')) {
    throw new UsageError(
      `invalid volume specification: '${spec}': invalid mount config for type "volume": invalid mount path: '${target}' mount path must be absolute`,
    );
  }
  if (resolve(target) === '/') {
    throw new UsageError(
      `invalid volume specification: '${spec}': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    );
  }
}

/** `./data` and `../data` are paths; a bare word is a volume's name. */
function absoluteBind([source = '', ...rest]: readonly string[]): string {
  return [source.startsWith('.') ? resolve(source) : source, ...rest].join(':');
}
