import type { Filters } from '../../engine/api/engine-client.ts';
import { UsageError } from '../exit-error.ts';

/** `--filter status=running --filter label=a=b` → Docker's filters. @throws UsageError */
export function parseFilters(values: readonly string[]): Filters {
  const filters: Filters = {};
  for (const value of values) {
    const separator = value.indexOf('=');
    if (separator === -1)
      throw new UsageError(
        `invalid filter '${value}': invalid argument format of filter (expected name=value)`,
      );
    const name = value.slice(0, separator).trim().toLowerCase();
    (filters[name] ??= []).push(value.slice(separator + 1).trim());
  }
  return filters;
}
