import type { LaunchedShim } from '../../native/shim/launcher.ts';

/**
 * What is done while init prepares may find nobody there, because init could not be prepared; then that is the error to
 * tell.
 */
export async function orItsFailure(
  shim: Pick<LaunchedShim, 'ready'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    await shim.ready;
    throw error;
  }
}
