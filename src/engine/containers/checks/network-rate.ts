// HostConfig.NetworkRate: how fast a container may receive and send. Pure.
import type { NetworkRate } from '../../api/container-request.ts';
import { EngineError } from '../../api/errors.ts';

/** Bits per second. Below it a single packet takes longer than programs wait for one. */
const SLOWEST = 8000;
/** What the kernel's 64 bits of bytes a second still carry exactly in a number here: 9 petabit. */
const FASTEST = Number.MAX_SAFE_INTEGER;

/**
 * The rate without what is no limit; null where nothing is limited. Throws invalid-parameter for values that no link
 * can keep, and for networks where the container has no link of its own.
 */
export function checkedRate(rate: NetworkRate | null | undefined, mode: string): NetworkRate | null {
  const { In = 0, Out = 0 } = rate ?? {};
  for (const value of [In, Out]) if (value !== 0) checkValue(value);
  if (In === 0 && Out === 0) return null;
  requireLink(mode);
  return { ...(In === 0 ? {} : { In }), ...(Out === 0 ? {} : { Out }) };
}

function requireLink(mode: string): void {
  if (mode !== 'host' && mode !== 'none' && !mode.startsWith('container:')) return;
  throw new EngineError(
    'invalid-parameter',
    `conflicting options: network rate and network mode "${mode}", where the container has no link of its own`,
  );
}

function checkValue(value: number): void {
  if (value >= SLOWEST && value <= FASTEST) return;
  throw new EngineError(
    'invalid-parameter',
    `invalid network rate ${value}: the slowest is ${SLOWEST} bits per second`,
  );
}

/** Its own end of the link is within a container's reach, where it may configure its network. */
export function rateWarnings(rate: NetworkRate | null, capabilities: readonly string[]): string[] {
  if ((rate?.Out ?? 0) === 0 || !capabilities.includes('CAP_NET_ADMIN')) return [];
  return ['The container has NET_ADMIN: it can take the limit of its outgoing network rate off itself.'];
}

/** What an update asks for replaces only the direction that it names; 0 takes that limit away. */
export function updatedRate(
  current: NetworkRate | null | undefined,
  asked: NetworkRate | null | undefined,
): NetworkRate {
  return { In: asked?.In ?? current?.In ?? 0, Out: asked?.Out ?? current?.Out ?? 0 };
}
