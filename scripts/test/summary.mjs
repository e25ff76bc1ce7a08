// What the runs of `npm test` counted, added up, and the end of its output: a run prints thousands of lines, and who
// looks at one that failed reads the last.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

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

/**
 * What the reporter (test/support/closing-line.ts) wrote down. A run that did not come so far counts as one failure, and
 * so does one whose tests have all passed and that failed.
 * @param {string} path
 * @param {number} status the exit status of the run
 * @returns {Summary}
 */
export function readSummary(path, status) {
  if (!existsSync(path)) return failure('the run', `ended with status ${status} before it had counted`);
  const summary = JSON.parse(readFileSync(path, 'utf8'));
  return status !== 0 && summary.failed === 0
    ? sum(summary, failure('the run', `ended with status ${status}, though no test failed`))
    : summary;
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
