import { needsMending } from '../containers/mending.ts';
import type { Engine } from '../engine.ts';

/**
 * Finishes what killed processes left half-done, where there is anything; as far as that goes: whoever changes such a
 * container is told what is wrong. Until then it keeps its image and its volumes from being removed, and no list shows it.
 */
export async function mendDead(engine: Engine): Promise<void> {
  if (!engine.store.list().some((container) => needsMending(container))) return;
  const { mendAll } = await import('../containers/finish.ts');
  await mendAll(await engine.containers()).catch(() => undefined);
}
