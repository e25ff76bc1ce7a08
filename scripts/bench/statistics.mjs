// Numbers of a measure. Wall times in milliseconds unless a name says otherwise.

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** @param {readonly number[]} values @returns {{ median: number, p99: number, min: number, count: number }} */
export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    min: sorted[0] ?? Number.NaN,
    count: sorted.length,
  };
}

/**
 * Takes turns, so that a noisy minute of the machine falls on all candidates alike. The first round warms up and does
 * not count.
 * @param {Record<string, () => number | Promise<number>>} candidates each returns what one run took
 * @returns {Promise<Record<string, ReturnType<typeof summary>>>}
 */
export async function inTurns(candidates, rounds) {
  const values = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(candidates)) {
      const took = await run();
      if (round > 0) values[name].push(took);
    }
  }
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, summary(list)]));
}

/**
 * One line of the table.
 * @typedef {{ name: string, value: number, unit: string, p99?: number, note?: string, goal?: number, holds?: boolean }} Row
 */

/** @returns {Row} a row that holds when its value is at most the goal */
export function atMost(goal, row) {
  return { ...row, goal, holds: row.value <= goal };
}
