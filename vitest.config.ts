import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/**/*.system.test.{ts,tsx}'],
          testTimeout: 10_000,
        },
      },
      {
        // Everything that touches the kernel: one file at a time, inside the test host that scripts/test.mjs makes.
        test: {
          name: 'system',
          include: ['test/**/*.system.test.{ts,tsx}'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
