// A rate as a person gives it → the token bucket that keeps it. Pure.
import type { TokenBucket } from '../../native/rtnetlink/qdisc.ts';

/** @param bitsPerSecond not 0 */
export function tokenBucketFor(bitsPerSecond: number): TokenBucket {
  const bytesPerSecond = Math.max(1, Math.round(bitsPerSecond / 8));
  // Ten milliseconds' worth: less wakes the kernel more often than is good, more is felt as a rate of its own.
  const burstBytes = between(SMALLEST_BURST, Math.round(bytesPerSecond / 100), LARGEST);
  // A tenth of a second may wait: longer queues only add delay, shorter ones drop what TCP sends in one go.
  const queueBytes = between(SHORTEST_QUEUE, Math.round(bytesPerSecond / 10), LARGEST);
  return { bytesPerSecond, burstBytes, limitBytes: burstBytes + queueBytes };
}

/** Ten full Ethernet frames: what is larger than the bucket can never pass. */
const SMALLEST_BURST = 16 * 1024;
const SHORTEST_QUEUE = 32 * 1024;
const LARGEST = 64 * 1024 * 1024;

function between(least: number, value: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
