// The dashboard on the fake engine as a program of its own, for a real terminal: `ui-program [fault] [pid file]`, where the
// fault is none, throw or reject, and comes with SIGUSR2.
import { writeFileSync } from 'node:fs';
import { runDashboard } from '../../src/ui/dashboard.tsx';
import { createFakeEngine } from './fake-engine.ts';

const [fault = 'none', pidFile] = process.argv.slice(2);
const engine = createFakeEngine();
engine.addImage('alpine:3.20');
engine.addContainer({ name: 'web', image: 'alpine:3.20', log: 'ready\n' });
if (pidFile !== undefined) writeFileSync(pidFile, String(process.pid));
process.on('SIGUSR2', () => {
  if (fault === 'throw') throw new Error('thrown on purpose');
  if (fault === 'reject') void Promise.reject(new Error('rejected on purpose'));
});
process.exitCode = await runDashboard(engine.client);
// As main.ts does: what the engine left open does not hold the process.
process.exit();
