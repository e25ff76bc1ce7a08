import type { ProgressMessage } from '../../engine/api/image-types.ts';
import { humanSize } from '../format/sizes.ts';

const BAR_WIDTH = 50;
/** Below this many columns Docker shows numbers alone. */
const NARROW = 110;

/** `[====>    ]  1.2MB/3.4MB` as Docker's jsonmessage draws it; empty where there is no progress to show. */
export function progressBar({ progressDetail }: ProgressMessage, columns: number): string {
  const current = progressDetail?.current ?? 0;
  const total = progressDetail?.total ?? 0;
  if (current <= 0 && total <= 0) return '';
  if (total <= 0 || current > total) return humanSize(current);
  const numbers = `${humanSize(current).padStart(8)}/${humanSize(total)}`;
  if (columns <= NARROW) return numbers;
  const filled = Math.min(BAR_WIDTH, Math.floor((current / total) * BAR_WIDTH));
  return `[${'='.repeat(filled)}>${' '.repeat(BAR_WIDTH - filled)}] ${numbers}`;
}
