import { defineConfig } from 'vitest/config';

/** An emulated machine gets more time (test/vm). */
const slowness = Number(process.env['GANTRY_TEST_SLOWNESS'] ?? 1);
const patience = { testTimeout: 60_000 * slowness, hookTimeout: 120_000 * slowness };

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/**/*.{system,vm}.test.{ts,tsx}'],
          // Some start a handful of processes, which a busy machine makes slow.
          testTimeout: 20_000,
          // Two thirds of the time were starting processes and loading the dashboard once more in each. What modules keep
          // is nothing that one file could spoil for the next; ffi-rs ends a process whose threads share it.
          pool: 'forks',
          isolate: false,
          maxWorkers: 3,
        },
      },
      {
        // Everything that touches the kernel: one file at a time, inside the test host that scripts/test.mjs makes.
        test: {
          name: 'system',
          include: ['test/**/*.system.test.{ts,tsx}'],
          pool: 'forks',
          fileParallelism: false,
          ...patience,
        },
      },
      {
        // What needs a machine of its own, with its systemd: scripts/test/vm.mjs makes one.
        test: {
          name: 'vm',
          include: ['test/vm/*.vm.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          ...patience,
        },
      },
    ],
  },
});
