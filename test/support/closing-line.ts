import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Where the test command wants the numbers, besides the line, to add them up over several runs. */
const SUMMARY_PATH = process.env['GANTRY_TEST_SUMMARY'];

/** Ends the output with `N passed, N failed, N skipped`; a file that dies while importing counts as one failure. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (module.state() === 'failed' && tests.every((test) => test.result().state !== 'failed'))
        count.failed += 1;
      for (const test of tests) {
        const state = test.result().state;
        if (state !== 'pending') count[state] += 1;
      }
    }
    if (SUMMARY_PATH !== undefined) writeFileSync(SUMMARY_PATH, JSON.stringify(count));
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}
