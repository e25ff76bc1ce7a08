// What the runs of `npm test` counted, added up, and the end of its output: a run prints thousands of lines, and who
// looks at one that failed reads the last.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * @typedef {{ name: string, reason: string }} Named
 * @typedef {{ passed: number, failed: number, skipped: number, failures: Named[], skips: Named[] }} Summary
 */

/** @returns {Summary} */
export const nothing = () => ({ passed: 0, failed: 0, skipped: 0, failures: [], skips: [] });

/** @param {string} name @param {string} reason @returns {Summary} */
export const failure = (name, reason) => ({ ...nothing(), failed: 1, failures: [{ name, reason }] });

/** @param {string} name @param {string} reason @returns {Summary} */
export const skip = (name, reason) => ({ ...nothing(), skipped: 1, skips: [{ name, reason }] });

/**
 * @param {Summary} one
 * @param {Summary} other
 * @param {string} [place] where the other ran, for its names
 * @returns {Summary}
 */
export function sum(one, other, place) {
  const placed = ({ name, reason }) => ({ name: place === undefined ? name : `${place}: ${name}`, reason });
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    failures: [...one.failures, ...other.failures.map(placed)],
    skips: [...one.skips, ...other.skips.map(placed)],
  };
}

const partsOf = (path) => `${path}.parts`;

/** Makes the reporter (test/support/closing-line.ts) write to a path, where nothing is left of another run. */
export function summaryEnvironment(path) {
  forgetSummary(path);
  return { GANTRY_TEST_SUMMARY: path, GANTRY_TEST_PARTS: partsOf(path) };
}

/** @param {string} path */
export function forgetSummary(path) {
  for (const each of [path, partsOf(path)]) rmSync(each, { force: true });
}

/**
 * What the reporter wrote down. A run that did not come to its end is a failure besides those of the files that had
 * ended, and so is one whose tests have all passed and that failed.
 * @param {string} path
 * @param {number} status the exit status of the run
 * @returns {Summary}
 */
export function readSummary(path, status) {
  if (!existsSync(path)) {
    const parts = existsSync(partsOf(path)) ? readFileSync(partsOf(path), 'utf8') : '';
    return cutShort(parts, `it was ended with status ${status}`);
  }
  const summary = JSON.parse(readFileSync(path, 'utf8'));
  return status !== 0 && summary.failed === 0
    ? sum(summary, failure('the run', `ended with status ${status}, though no test failed`))
    : summary;
}

/**
 * Of a run that did not come to its end.
 * @param {string} text what the reporter wrote when files began and ended; half a line at the end is left out
 * @param {string} reason
 * @returns {Summary}
 */
export function cutShort(text, reason) {
  const parts = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const ended = parts.filter(({ summary }) => summary !== undefined);
  const running = parts
    .flatMap(({ begun }) => begun ?? [])
    .filter((file) => ended.every((part) => part.ended !== file));
  const meanwhile = running.length === 0 ? '' : ` while there ran ${running.join(', ')}`;
  return ended.reduce(
    (total, { summary }) => sum(total, summary),
    failure('the run', `${reason}${meanwhile}`),
  );
}

/**
 * Adds a failure that the reporter could not see to what it wrote down, if it did.
 * @param {string | undefined} path
 * @param {Summary} failure
 */
export function amendSummary(path, failure) {
  if (path === undefined || !existsSync(path)) return;
  writeFileSync(path, JSON.stringify(sum(JSON.parse(readFileSync(path, 'utf8')), failure)));
}

/** The end of the output: what was skipped, what failed, and the total. @param {Summary} total */
export function closingLines(total) {
  const list = (title, items) => (items.length === 0 ? [] : ['', `${title}:`, ...items.flatMap(linesOf)]);
  return [
    ...list('skipped', total.skips),
    ...list('failed', total.failures),
    '',
    `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
  ];
}

/** A reason of one line stands beside the name, where there is one; a longer one below. @param {Named} named */
function linesOf({ name, reason }) {
  const lines = reason.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 1) return [`  ${name}:`, ...lines.map((line) => `    ${line}`)];
  return [`  ${name}${lines.length === 0 ? '' : `: ${lines[0]}`}`];
}
