/** The wall clock when this was loaded, less the monotonic clock: milliseconds are what Date has. */
const ORIGIN_MICROSECONDS = Date.now() * 1000 - monotonicMicroseconds();

/**
 * Microseconds since 1970 that never run backwards within a process. `performance` would do it too, and loads 2 ms of
 * modules at its first use.
 */
export function unixMicroseconds(): number {
  return Math.round(ORIGIN_MICROSECONDS + monotonicMicroseconds());
}

function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
