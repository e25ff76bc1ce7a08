// `--device-cgroup-rule`, with docker/cli's grammar and errors.
import { UsageError } from '../exit-error.ts';
import { withFlag } from './limits.ts';

/** @throws UsageError as pflag words it */
export function parseDeviceRule(rule: string): string {
  return withFlag('--device-cgroup-rule', rule, () => {
    if (/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(rule)) return rule;
    throw new UsageError(`invalid device cgroup format '${rule}'`);
  });
}
