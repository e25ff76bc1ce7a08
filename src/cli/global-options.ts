import type { OptionTable } from './parse-options.ts';

/** What stands before the command. */
export const globalOptions = {
  root: { kind: 'text', value: 'DIR', help: 'Data directory (GANTRY_ROOT; default "/var/lib/gantry")' },
  'run-root': {
    kind: 'text',
    value: 'DIR',
    help: 'Directory of what runs (GANTRY_RUN_ROOT; default "/run/gantry")',
  },
  version: { kind: 'flag', short: 'v', help: 'Print version information and quit' },
} as const satisfies OptionTable;
