// A second process that publishes: directory, label, how many, bytes of a file.
import { setTimeout as delay } from 'node:timers/promises';
import { openEventLog } from '../../../src/engine/events/event-log-file.ts';

const [directory = '', label = '', count = '0', maxBytes = '0'] = process.argv.slice(2);
const log = openEventLog({ directory, maxBytes: Number(maxBytes) });
for (let number = 0; number < Number(count); number += 1) {
  log.publish({ type: 'container', action: 'start', id: `${label}-${number}` });
  // Only one old file is kept: a follower needs a moment now and then.
  if (number % 20 === 19) await delay(5);
}
log.close();
