// Makes the pictures, inside the test host: the first run with no image, then a few containers that work for a while.
import { execFileSync } from 'node:child_process';
import { launcher } from '../setup/paths.mjs';
import { openDashboard, pause } from './terminal.mjs';

const IMAGE = 'gantry/hosttools';
const WIDE = { columns: 150, rows: 42 };
/** Long enough that the graphs have a shape. */
const WARM_UP_MS = 75_000;

const gantry = (...args) => execFileSync(launcher, args, { encoding: 'utf8', timeout: 60_000 }).trim();
const run = (name, flags, script) =>
  gantry('run', '-d', '--name', name, ...flags, IMAGE, 'bash', '-c', script);

const addressOf = (name) =>
  gantry('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name);

const WEB = `
codes=(200 200 200 200 304 200 404 200 500)
paths=(/ /api/items /api/items/17 /static/app.js /healthz /login)
for ((i = 0; ; i++)); do
  code=\${codes[RANDOM % 9]} path=\${paths[RANDOM % 6]} ms=$((RANDOM % 90 + 2))
  case $code in 2*|3*) c=32;; 4*) c=33;; *) c=31;; esac
  printf '%(%H:%M:%S)T \\e[%sm%s\\e[0m GET %-16s %3d ms  req=%04x\\n' -1 $c $code $path $ms $i
  [ $code = 500 ] && echo "upstream worker-1 closed the connection while reading $path" >&2
  for ((j = 0; j < RANDOM % 9000; j++)); do :; done
  sleep 0.$((RANDOM % 5 + 2))
done`;

/** Takes memory, then writes in waves. */
const DB = `
echo 'database files are in /data'; data=$(head -c 90000000 /dev/zero | tr '\\0' x); echo 'ready to accept connections'
while :; do
  head -c $((RANDOM * 900)) /dev/zero > /data/wal; sync /data/wal
  echo "checkpoint complete: wrote $RANDOM buffers"; sleep 1.$((RANDOM % 9))
done`;

const WORKER = `
for ((i = 1; ; i++)); do
  n=$((RANDOM * 9)); for ((j = 0; j < n; j++)); do :; done; echo "job $i done, $n rows"
  sleep 0.$((RANDOM % 7 + 1))
done`;

/** Works in bursts, keeps more and more in memory for a while, and talks. */
const api = (address) => `
echo 'listening on :8080'; text=$(head -c 900 /dev/zero | tr '\\0' x); kept=
for ((i = 1; ; i++)); do
  for ((j = 0; j < RANDOM * 5; j++)); do :; done
  for ((j = 0; j < RANDOM % 70; j++)); do echo $text > /dev/udp/${address}/9; done
  kept+=$(head -c 1500000 /dev/zero | tr '\\0' x); [ \${#kept} -gt 120000000 ] && kept=
  echo "batch $i: $((RANDOM % 400)) rows in $((RANDOM % 80)) ms"; sleep 0.$((RANDOM % 5 + 1))
done`;

const talkTo = (address) => `
text=$(head -c 1200 /dev/zero | tr '\\0' x)
while :; do for ((j = 0; j < RANDOM % 60 + 5; j++)); do echo $text > /dev/udp/${address}/9; done; sleep 0.4; done`;

function startContainers() {
  run(
    'db',
    [
      '-m',
      '256m',
      '--cpus',
      '1.5',
      '--pids-limit',
      '200',
      '--network-rate',
      '20mbit',
      '-v',
      'pgdata:/data',
      '-p',
      '5432:5432',
    ],
    DB,
  );
  run('web', ['--cpus', '0.5', '-m', '128m', '-p', '8080:80', '-e', 'TZ=Europe/Berlin'], WEB);
  run('worker-1', ['--cpus', '0.8'], WORKER);
  run('worker-2', ['--cpus', '0.4'], WORKER);
  run('metrics', ['-m', '64m'], talkTo(addressOf('web')));
  run('cache', ['-m', '64m', '-v', 'cache:/data'], `echo ready; ${talkTo(addressOf('metrics'))}`);
  run('api', ['--cpus', '1', '-m', '256m', '-p', '8081:8080'], api(addressOf('cache')));
  gantry('pause', 'worker-2');
  run('migrate', [], 'echo "migration 0042 failed: column exists" >&2; exit 3');
  run('backup', [], 'echo "backup complete"');
}

async function firstRun() {
  const dashboard = openDashboard({ columns: 110, rows: 28 });
  await dashboard.waitFor('Welcome');
  await pause(300);
  await dashboard.save('first-run');
  await dashboard.press('h');
  await dashboard.waitFor('built gantry/hosttools', 60_000);
  await dashboard.close();
}

async function select(dashboard, name) {
  await dashboard.press('1', '/', name, 'enter', 'esc');
  await dashboard.waitFor(new RegExp(` ${name} ─╮`));
}

async function daily() {
  const dashboard = openDashboard(WIDE);
  await dashboard.waitFor('worker-1');
  await pause(WARM_UP_MS);
  await select(dashboard, 'web');
  await pause(1500);
  await dashboard.save('dashboard');
  await select(dashboard, 'api');
  await dashboard.press(']');
  await pause(1500);
  await dashboard.save('stats');
  await select(dashboard, 'db');
  await dashboard.press(']', ']', ']', ']');
  await dashboard.waitFor('Namespaces');
  await pause(400);
  await dashboard.save('isolation');
  await dashboard.press('u');
  await dashboard.waitFor('Limits of db');
  await pause(400);
  await dashboard.save('limits');
  await dashboard.press('esc', '?');
  await pause(400);
  await dashboard.save('help');
  await dashboard.press(
    'esc',
    '2',
    'r',
    'shop',
    'tab',
    'bash -c "exec sleep 1d"',
    'tab',
    '8090:80',
    'tab',
    'shop:/data',
  );
  await pause(400);
  await dashboard.save('run');
  await dashboard.press('esc');
  await select(dashboard, 'worker-1');
  await dashboard.press('d');
  await pause(400);
  await dashboard.save('remove');
  await dashboard.press('esc');
  await dashboard.close();
}

async function small() {
  const dashboard = openDashboard({ columns: 60, rows: 15 });
  await dashboard.waitFor('worker-1');
  await pause(6000);
  await dashboard.save('small');
  await dashboard.close();
}

await firstRun();
try {
  startContainers();
  await daily();
  await small();
} finally {
  gantry('rm', '-f', ...gantry('ps', '-aq').split('\n'));
}
