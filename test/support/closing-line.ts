import { appendFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError } from 'vitest/node';

/** Where the test command wants the numbers and names, besides the line, to add them up over several runs. */
const SUMMARY_PATH = process.env['GANTRY_TEST_SUMMARY'];

/** Where each file has a line when it begins, and one with its part of them when it ends: for a run that is ended before its time. */
const PARTS_PATH = process.env['GANTRY_TEST_PARTS'];

/** A test with why it failed or did not run: one line each. */
export interface Named {
  readonly name: string;
  readonly reason: string;
}

/** What `scripts/test/summary.mjs` adds up. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly Named[];
  readonly skips: readonly Named[];
}

/** The part of vitest's TestModule that counts. */
export interface Module {
  readonly relativeModuleId: string;
  readonly children: {
    allTests(): Iterable<Test>;
    allSuites(): Iterable<{ readonly fullName: string; errors(): readonly SerializedError[] }>;
  };
  errors(): readonly SerializedError[];
}

export interface Test {
  readonly fullName: string;
  result(): {
    readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
    readonly errors?: readonly SerializedError[] | undefined;
    readonly note?: string | undefined;
  };
}

/** Ends the output with `N passed, N failed, N skipped`. */
export default class ClosingLine implements Reporter {
  onTestModuleStart({ relativeModuleId }: Module): void {
    tell({ begun: relativeModuleId });
  }

  onTestModuleEnd(module: Module): void {
    tell({ ended: module.relativeModuleId, summary: summarize([module]) });
  }

  onTestRunEnd(modules: readonly Module[], unhandledErrors: readonly SerializedError[]): void {
    const summary = summarize(modules, unhandledErrors);
    if (SUMMARY_PATH !== undefined) writeFileSync(SUMMARY_PATH, JSON.stringify(summary));
    process.stdout.write(
      `\n${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped\n`,
    );
  }
}

function tell(part: object): void {
  if (PARTS_PATH !== undefined) appendFileSync(PARTS_PATH, `${JSON.stringify(part)}\n`);
}

/** A file that dies while importing, a hook that fails and an error that nobody caught count as one failure each. */
export function summarize(
  modules: readonly Module[],
  unhandledErrors: readonly SerializedError[] = [],
): Summary {
  const results = modules.flatMap(resultsOf);
  const failures = [
    ...modules.flatMap(failuresOf),
    ...unhandledErrors.map((error) => ({ name: 'an error that nobody caught', reason: lineOf(error) })),
  ];
  const skips = results.filter(({ state }) => state === 'skipped');
  return {
    passed: results.filter(({ state }) => state === 'passed').length,
    failed: failures.length,
    skipped: skips.length,
    failures,
    skips: skips.map(({ name, note }) => ({ name, reason: note ?? '' })),
  };
}

const resultsOf = (module: Module) =>
  [...module.children.allTests()].map((test) => ({ name: named(module, test), ...test.result() }));

function failuresOf(module: Module): Named[] {
  const suites = [...module.children.allSuites()];
  return [
    ...module.errors().map((error) => ({ name: module.relativeModuleId, reason: lineOf(error) })),
    ...suites.flatMap((suite) =>
      suite.errors().map((error) => ({ name: named(module, suite), reason: lineOf(error) })),
    ),
    ...resultsOf(module).flatMap(({ name, state, errors }) => {
      if (state === 'failed') return [{ name, reason: lineOf(errors?.[0]) }];
      return state === 'pending' ? [{ name, reason: 'it did not end' }] : [];
    }),
  ];
}

const named = (module: Module, { fullName }: { readonly fullName: string }): string =>
  `${module.relativeModuleId} > ${fullName}`;

const lineOf = (thrown: SerializedError | undefined): string => {
  const error = firstOf(thrown);
  const cause = error?.cause === undefined ? '' : ` (${firstLine(error.cause.message)})`;
  return `${firstLine(error?.message)}${cause}`;
};

/** What came first, where cleaning up after it failed as well: a SuppressedError has no message. */
function firstOf(error: SerializedError | undefined): SerializedError | undefined {
  const suppressed: unknown = error?.['suppressed'];
  return typeof suppressed === 'object' && suppressed !== null
    ? firstOf(suppressed as SerializedError)
    : error;
}

function firstLine(message = ''): string {
  const lines = stripVTControlCharacters(message).split('\n');
  return lines.find((line) => line.trim() !== '')?.trim() ?? 'it did not say why';
}
