// Which of several images is meant for a machine (OCI image-spec, "platform"; names are Go's GOOS and GOARCH).
import { EngineError } from '../api/errors.ts';
import type { Descriptor } from './manifest.ts';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
}

const NODE_ARCHITECTURES: Readonly<Record<string, Omit<Platform, 'os'>>> = {
  x64: { architecture: 'amd64', variant: undefined },
  arm64: { architecture: 'arm64', variant: 'v8' },
  arm: { architecture: 'arm', variant: 'v7' },
  ppc64: { architecture: 'ppc64le', variant: undefined },
  s390x: { architecture: 's390x', variant: undefined },
  riscv64: { architecture: 'riscv64', variant: undefined },
  loong64: { architecture: 'loong64', variant: undefined },
};

export function hostPlatform(): Platform {
  const known = NODE_ARCHITECTURES[process.arch] ?? { architecture: process.arch, variant: undefined };
  return { os: 'linux', ...known };
}

/** Other spellings, as Docker takes them. */
const ALIASES: Readonly<Record<string, Omit<Platform, 'os'>>> = {
  x86_64: { architecture: 'amd64', variant: undefined },
  'x86-64': { architecture: 'amd64', variant: undefined },
  aarch64: { architecture: 'arm64', variant: 'v8' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
  i386: { architecture: '386', variant: undefined },
};

/** `linux/arm64/v8`, `linux/arm64`, `arm64`, `linux`. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  const [first = '', second, variant] = parts;
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part)))
    throw new EngineError(
      'invalid-parameter',
      `"${text}" is an invalid platform: expected os/architecture[/variant]`,
    );
  if (second === undefined)
    return first === 'linux' ? hostPlatform() : { os: 'linux', ...architecture(first) };
  return { os: first, ...architecture(second, variant) };
}

function architecture(name: string, variant?: string): Omit<Platform, 'os'> {
  const known = ALIASES[name] ?? { architecture: name, variant: name === 'arm64' ? 'v8' : undefined };
  return { architecture: known.architecture, variant: variant ?? known.variant };
}

export function formatPlatform({ os, architecture, variant }: ImagePlatform): string {
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}

/** The entry of an index that fits best; undefined where none does. */
export function choosePlatform(entries: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  const ranked = entries
    .map((entry) => ({ entry, rank: rankOf(entry, wanted) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank);
  return ranked[0]?.entry;
}

/** 0 does not run here; higher is nearer. A 32-bit arm runs the variants below its own. */
function rankOf(entry: Descriptor, wanted: Platform): number {
  const { platform } = entry;
  // Attestations of buildkit stand in the index as unknown/unknown.
  if (platform?.os !== wanted.os || platform.architecture !== wanted.architecture) return 0;
  const level = variantLevel(platform.variant ?? defaultVariant(wanted.architecture));
  const limit = variantLevel(wanted.variant ?? defaultVariant(wanted.architecture));
  if (level > limit) return 0;
  return 100 - (limit - level);
}

function defaultVariant(architecture: string): string | undefined {
  if (architecture === 'arm64') return 'v8';
  if (architecture === 'amd64') return 'v1';
  return architecture === 'arm' ? 'v7' : undefined;
}

function variantLevel(variant: string | undefined): number {
  return Number(/^v(\d+)/.exec(variant ?? '')?.[1] ?? 0);
}

interface ImagePlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** Does a single image run on the wished platform? */
export function isCompatible(image: ImagePlatform, wanted: Platform): boolean {
  const entry: Descriptor = { mediaType: '', digest: '', size: 0, platform: { ...image } };
  return rankOf(entry, wanted) > 0;
}

/** Throws not-found, in moby's words, for an image that is not what was asked for. */
export function requirePlatform(name: string, image: ImagePlatform, wanted: Platform): void {
  if (isCompatible(image, wanted)) return;
  const [has, asked] = [formatPlatform(image), formatPlatform(wanted)];
  throw new EngineError(
    'not-found',
    `image with reference ${name} was found but does not match the specified platform: wanted ${asked}, actual: ${has}`,
  );
}
