// The end of a whole run's output: who failed, who was skipped, and the total as the very last line.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error: scripts are plain JavaScript
import * as scripts from '../../scripts/test/summary.mjs';
import { type Module, type Summary, type Test, summarize } from '../support/closing-line.ts';
import { tempDirectory } from '../support/temp-root.ts';

const { amendSummary, closingLines, cutShort, failure, nothing, readSummary, skip, sum } = scripts as {
  nothing: () => Summary;
  failure: (name: string, reason: string) => Summary;
  skip: (name: string, reason: string) => Summary;
  sum: (one: Summary, other: Summary, place?: string) => Summary;
  readSummary: (path: string, status: number) => Summary;
  amendSummary: (path: string | undefined, failure: Summary) => void;
  closingLines: (total: Summary) => string[];
  cutShort: (parts: string, reason: string) => Summary;
};

type Result = ReturnType<Test['result']>;

const error = (message: string) => ({ message });

function module(results: Readonly<Record<string, Result>>, failed: Partial<Failed> = {}): Module {
  const { own = [], suites = {} } = failed;
  return {
    relativeModuleId: 'test/a.test.ts',
    errors: () => own.map(error),
    children: {
      allTests: () =>
        Object.entries(results).map(([fullName, result]) => ({ fullName, result: () => result })),
      allSuites: () =>
        Object.entries(suites).map(([fullName, message]) => ({ fullName, errors: () => [error(message)] })),
    },
  };
}

interface Failed {
  readonly own: readonly string[];
  readonly suites: Readonly<Record<string, string>>;
}

const passed: Result = { state: 'passed' };

test('every failure is one, with the first line of its reason', () => {
  const modules = [
    module(
      {
        one: passed,
        'group > two': {
          state: 'failed',
          errors: [error('\u{1B}[31m\nexpected 1 to be 2\n- 2\n+ 1'), error('more')],
        },
        three: { state: 'pending' },
        'four, whose clean-up failed too': {
          state: 'failed',
          errors: [{ message: '', suppressed: { message: '', suppressed: error('no such file') } }],
        },
      },
      { suites: { group: 'the hook failed' } },
    ),
    module({}, { own: ['cannot be imported'] }),
  ];
  const unhandled = { message: 'a worker ended', cause: { message: 'signal SIGKILL' } };
  const summary = summarize(modules, [unhandled]);
  expect(summary.failures.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    'test/a.test.ts > group: the hook failed',
    'test/a.test.ts > group > two: expected 1 to be 2',
    'test/a.test.ts > three: it did not end',
    'test/a.test.ts > four, whose clean-up failed too: no such file',
    'test/a.test.ts: cannot be imported',
    'an error that nobody caught: a worker ended (signal SIGKILL)',
  ]);
  expect(summary).toMatchObject({ passed: 1, failed: 6, skipped: 0 });
});

test('what was skipped is named with its note', () => {
  const summary = summarize([
    module({ one: { state: 'skipped', note: 'no modem' }, two: { state: 'skipped' } }),
  ]);
  expect(summary).toMatchObject({
    passed: 0,
    failed: 0,
    skipped: 2,
    skips: [
      { name: 'test/a.test.ts > one', reason: 'no modem' },
      { name: 'test/a.test.ts > two', reason: '' },
    ],
  });
});

test('runs are added up, and the last lines say who failed where', () => {
  const unit = summarize([module({ one: passed, two: { state: 'failed', errors: [error('no')] } })]);
  const inside = sum(
    nothing(),
    sum(skip('everything', 'no modem'), failure('left behind', 'link a\nmount b')),
    'host',
  );
  const total = sum(sum(sum(nothing(), unit), failure('lint', '')), inside, 'machine');
  expect(closingLines(total)).toEqual([
    '',
    'skipped:',
    '  machine: host: everything: no modem',
    '',
    'failed:',
    '  test/a.test.ts > two: no',
    '  lint',
    '  machine: host: left behind:',
    '    link a',
    '    mount b',
    '',
    '1 passed, 3 failed, 1 skipped',
  ]);
  expect(closingLines({ ...nothing(), passed: 2 })).toEqual(['', '2 passed, 0 failed, 0 skipped']);
});

test('a run that did not count, or that failed without a failed test, is a failure', () => {
  using directory = tempDirectory();
  const path = join(directory.path, 'summary.json');
  amendSummary(path, failure('left behind', 'link a'));
  expect(readSummary(path, 137).failures).toEqual([
    { name: 'the run', reason: 'it was ended with status 137' },
  ]);
  writeFileSync(path, JSON.stringify({ ...nothing(), passed: 3 }));
  expect(readSummary(path, 0)).toMatchObject({ passed: 3, failed: 0 });
  expect(readSummary(path, 1)).toMatchObject({ passed: 3, failed: 1 });
  amendSummary(path, failure('left behind', 'link a'));
  expect(readSummary(path, 1)).toMatchObject({
    failed: 1,
    failures: [{ name: 'left behind', reason: 'link a' }],
  });
});

test('of a run that was ended, what its files had counted is kept', () => {
  using directory = tempDirectory();
  const path = join(directory.path, 'summary.json');
  const [one, other] = [
    summarize([module({ one: passed })]),
    summarize([module({ two: { state: 'failed', errors: [error('no')] } })]),
  ];
  const lines = [
    { begun: 'one' },
    { ended: 'one', summary: one },
    { begun: 'two' },
    { begun: 'three' },
    { ended: 'two', summary: other },
  ];
  const parts = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"ended":"three","summ`;
  expect(cutShort(parts, 'too long')).toMatchObject({ passed: 1, failed: 2, skipped: 0 });
  writeFileSync(`${path}.parts`, parts);
  expect(readSummary(path, 137).failures).toEqual([
    { name: 'the run', reason: 'it was ended with status 137 while there ran three' },
    { name: 'test/a.test.ts > two', reason: 'no' },
  ]);
});
