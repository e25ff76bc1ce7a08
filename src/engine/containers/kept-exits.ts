// How containers ended that this process looks after: as long as they run, and some time after that.
import type { ExitStatus } from '../../native/shim/protocol.ts';

export interface KeptExits {
  get(id: string): Promise<ExitStatus> | undefined;
  set(id: string, exit: Promise<ExitStatus>): void;
  delete(id: string): void;
}

/** @param limit how many that have ended are kept: who asks for one does so right after its end, a dashboard runs for weeks */
export function keepExits(limit: number): KeptExits {
  const exits = new Map<string, Promise<ExitStatus>>();
  /** Oldest first. */
  const ended: { readonly id: string; readonly exit: Promise<ExitStatus> }[] = [];

  const forgetOldest = (): void => {
    const oldest = ended.length > limit ? ended.shift() : undefined;
    // Started again since then, it has another one.
    if (oldest !== undefined && exits.get(oldest.id) === oldest.exit) exits.delete(oldest.id);
  };
  return {
    get: (id) => exits.get(id),
    delete: (id) => void exits.delete(id),
    set: (id, exit) => {
      exits.set(id, exit);
      const hasEnded = (): void => {
        ended.push({ id, exit });
        forgetOldest();
      };
      exit.then(hasEnded, hasEnded);
    },
  };
}
