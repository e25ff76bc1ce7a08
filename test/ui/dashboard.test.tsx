import { expect, test } from 'vitest';
import { EngineError } from '../../src/engine/api/errors.ts';
import { createFakeEngine, type FakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

function threeContainers(): FakeEngine {
  const engine = createFakeEngine();
  engine.addImage('nginx:1.27');
  engine.addContainer({ name: 'cache', image: 'redis:7' });
  engine.addContainer({ name: 'web', image: 'nginx:1.27', ports: [[8080, 80]] });
  engine.addContainer({ name: 'job', image: 'alpine:3', state: 'exited', exitCode: 3 });
  return engine;
}

test('lists containers with their state and exit code, running ones first', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  const rows = screen.text().split('\n');
  const rowOf = (name: string): number => rows.findIndex((row) => row.slice(0, 40).includes(name));
  expect(rowOf('cache')).toBeLessThan(rowOf('web'));
  expect(rowOf('web')).toBeLessThan(rowOf('job'));
  expect(screen.text()).toContain('(3)');
});

test('moves through the list, and the detail follows', async () => {
  const engine = threeContainers();
  engine.log('web', 'hello from web\n');
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('j');
  await screen.waitFor('hello from web');
  await screen.press('G');
  await screen.waitFor('hello from web', { gone: true });
  expect(screen.line(1)).toMatch(/job/);
});

test('goes to panes by digit and by Tab', async () => {
  await using screen = await openScreen(threeContainers().client);
  await screen.waitFor('job');
  await screen.press('2');
  await screen.waitFor('Layers');
  await screen.press('tab');
  await screen.waitFor('Used by');
  await screen.press('S-tab', 'S-tab');
  await screen.waitFor('Logs');
});

test('filters while typing, and Escape clears the filter', async () => {
  await using screen = await openScreen(threeContainers().client);
  await screen.waitFor('job');
  await screen.press('/');
  await screen.type('web');
  await screen.waitFor('1/3');
  expect(screen.text()).not.toContain('cache');
  await screen.press('enter', 'esc');
  await screen.waitFor('cache');
  // What was found stays selected.
  expect(screen.line(1)).toMatch(/ web ─╮$/);
});

test('refuses a key with its reason and calls nothing', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('G', 's');
  await screen.waitFor('stop: the container is not running');
  expect(engine.calls.filter((call) => call.startsWith('stop'))).toEqual([]);
});

test('asks before removing: Escape keeps, y removes by force what runs', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('d');
  await screen.waitFor('Remove cache?');
  await screen.press('esc');
  await screen.waitFor('Remove cache?', { gone: true });
  expect(engine.calls).not.toContain('remove cache force');
  await screen.press('d', 'y');
  await screen.waitFor('removed cache');
  expect(engine.calls).toContain('remove cache force');
});

test('shows what is under way on the row, and the engine is free meanwhile', async () => {
  const engine = threeContainers();
  const release = engine.holdNext('stop');
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('s');
  await screen.waitFor('cache stopping');
  await screen.press('s');
  await screen.waitFor('stop: stopping is under way');
  await screen.press('j', 'j');
  release();
  await screen.waitFor('cache stopping', { gone: true });
  await screen.waitFor('(143)');
});

test("shows the engine's own sentence when an action fails", async () => {
  const engine = threeContainers();
  engine.failNext('restart', new EngineError('conflict', 'cannot restart cache: device busy'));
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('r');
  await screen.waitFor('cannot restart cache: device busy');
});

test('pulls in the background, with progress', async () => {
  const engine = threeContainers();
  const release = engine.holdNext('progress');
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('P');
  await screen.type('quay.io/x/app:1');
  await screen.press('enter');
  await screen.waitFor('1 of 2 layers');
  await screen.press('j');
  expect(screen.line(1)).toMatch(/web/);
  release();
  await screen.waitFor('pulled quay.io/x/app:1');
  await screen.waitFor('of 2 layers', { gone: true });
});

test('offers a first image when there is none, and builds it with one key', async () => {
  const engine = createFakeEngine();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('Welcome');
  await screen.press('h');
  await screen.waitFor('built gantry/hosttools – n runs it');
  expect(engine.calls).toContain('hosttools gantry/hosttools:latest');
  await screen.waitFor('n runs one from an image');
  await screen.press('n');
  await screen.waitFor('gantry run -d gantry/hosttools:latest');
});

test('the tag of an image can be read however long the rest is', async () => {
  const engine = createFakeEngine();
  engine.addImage('registry.example.com:5000/team/subject/program:12.4');
  await using screen = await openScreen(engine.client);
  await screen.waitFor('subject/program:12.4');
});

test('follows the list through events', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  engine.addContainer({ name: 'newcomer' });
  await screen.waitFor('newcomer');
});

test('says so when the event stream breaks, and reads all again when it is back', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  engine.breakEvents();
  await screen.waitFor('the event stream broke');
  engine.addContainer({ name: 'unseen' });
  await screen.waitFor('unseen');
  await screen.waitFor('the event stream broke', { gone: true });
});

test('works from 60×15 to 200×60 and follows resizes', async () => {
  await using screen = await openScreen(threeContainers().client, { columns: 60, rows: 15 });
  await screen.waitFor('job');
  expect(screen.text()).not.toContain('Images');
  await screen.press('enter');
  await screen.waitFor('Logs');
  expect(screen.text()).not.toContain('Containers');
  await screen.press('esc');
  screen.resize(200, 60);
  await screen.waitFor('Volumes');
  await screen.waitFor('nothing logged yet');
  expect(screen.line(59)).toContain('quit');
  screen.resize(30, 8);
  await screen.waitFor('gantry needs');
  screen.resize(100, 30);
  await screen.waitFor('Volumes');
});

test('no row is wider than the screen and none is lost', async () => {
  for (const [columns, rows] of [
    [60, 15],
    [80, 24],
    [97, 31],
    [160, 45],
  ] as const) {
    await using screen = await openScreen(threeContainers().client, { columns, rows });
    await screen.waitFor('job');
    expect(screen.line(rows - 1)).toContain('quit');
    // The cursor would have scrolled the first row away.
    expect(screen.line(0)).toMatch(/gantry|Containers/);
  }
});

test('the help lists every key of the place, finds them, and runs them', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client, { rows: 60 });
  await screen.waitFor('job');
  await screen.press('?');
  for (const label of ['stop', 'kill', 'pause/resume', 'attach', 'rename', 'zoom in', 'sort', 'prune']) {
    await screen.waitFor(label);
  }
  await screen.type('restart');
  await screen.press('enter');
  await screen.waitUntil('the restart', () => engine.calls.includes('restart cache'));
});

test('runs a container from the form, with the equivalent command shown', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('2', 'r');
  await screen.waitFor('Run a container');
  await screen.type('site');
  await screen.press('tab', 'tab');
  await screen.type('8081:80');
  await screen.waitFor('gantry run -d --name site -p 8081:80 nginx:1.27');
  await screen.press('enter');
  await screen.waitFor('started site');
  expect(engine.calls).toContain('create site nginx:1.27');
  expect(engine.calls).toContain('start site');
});

test('the isolation part of the form unfolds, and scrolls where the screen is small', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client, { columns: 60, rows: 15 });
  await screen.waitFor('job');
  await screen.press('2', 'r');
  await screen.waitFor('Run a container');
  expect(screen.text()).not.toContain('Capabilities');
  await screen.press('S-tab', 'S-tab', ' ');
  await screen.press('tab', 'tab');
  await screen.type('NET_ADMIN');
  await screen.press('tab', 'tab', ' ');
  await screen.waitFor('[x] Read-only root');
  await screen.waitFor('--read-only --cap-add NET_ADMIN');
  await screen.press('enter');
  await screen.waitUntil('the start', () => engine.calls.some((call) => call.startsWith('start ')));
});

test('hides and shows stopped containers', async () => {
  await using screen = await openScreen(threeContainers().client);
  await screen.waitFor('job');
  await screen.press('A');
  await screen.waitFor('2/3');
  expect(screen.text()).not.toContain('alpine:3');
});

test('copies the id through the terminal', async () => {
  await using screen = await openScreen(threeContainers().client);
  await screen.waitFor('job');
  await screen.press('y');
  await screen.waitFor('copied');
  expect(screen.bytes()).toContain('\u{1B}]52;c;');
});

test('without the engine’s own sampler, numbers come from stats requests', async () => {
  const engine = createFakeEngine({ withoutGantry: true });
  engine.addContainer({ name: 'plain', memoryBytes: 90_000_000 });
  await using screen = await openScreen(engine.client);
  await screen.waitFor('84.9M');
});

test('works without colours and without Unicode', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client, { env: { TERM: 'xterm', LANG: 'C', NO_COLOR: '1' } });
  await screen.waitFor('job');
  expect(screen.text()).toMatch(/^\+- 1 Containers/m);
  expect(screen.text().replaceAll('\n', '')).not.toMatch(/[^ -~]/);
  const codes = screen
    .bytes()
    .split('\u{1B}[')
    .map((part) => part.split('m')[0] ?? '');
  expect(codes.filter((code) => /^(?:(?:3|4|9|10)[0-7]|[34]8;.*)$/.test(code))).toEqual([]);
});

test('hands the terminal to a shell and repaints afterwards', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('e');
  await screen.waitFor('/ #');
  expect(screen.text()).not.toContain('Containers');
  expect(screen.stdin.isRaw).toBeTruthy();
  // The size is the shell's matter for now, and nothing is painted over it.
  screen.resize(100, 30);
  await screen.type('ls q');
  await screen.waitFor('/ # ls q');
  expect(screen.text()).not.toContain('Containers');
  await screen.press('ctrl-d');
  await screen.waitFor('Containers');
  await screen.press('j');
  await screen.waitUntil('the keys work again', () => screen.line(1).includes('web'));
});

test('a shell that can not start leaves a clear sentence', async () => {
  const engine = threeContainers();
  engine.failNext(
    'exec',
    new EngineError('invalid-parameter', 'exec: "sh": executable file not found in $PATH'),
  );
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('e');
  await screen.waitFor(/has no shell/);
  await screen.waitFor('Containers');
});

test('u opens the limits, and Enter applies what was changed', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1.27', memoryLimitBytes: 64 * 1024 * 1024 });
  await using screen = await openScreen(engine.client);
  await screen.waitFor('web');
  await screen.press('u');
  await screen.waitFor('Limits of web');
  expect(screen.text()).toMatch(/Memory +64m/);
  await screen.press('backspace', 'backspace', 'backspace');
  await screen.type('lots');
  await screen.press('enter');
  await screen.waitFor('not a size: lots');
  await screen.press('backspace', 'backspace', 'backspace', 'backspace');
  await screen.type('128m');
  await screen.press('enter');
  await screen.waitFor('web has its new limits');
  expect(engine.calls).toContain('update web {"Memory":134217728}');
});

test('limits that the engine refuses are shown again, with its reason, on a small screen too', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1.27' });
  const reason = 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available';
  const refusal = `Cannot update container ${'0'.repeat(64)}: ${reason}`;
  engine.failNext('update', new EngineError('invalid-parameter', refusal));
  await using screen = await openScreen(engine.client, { columns: 60, rows: 12 });
  await screen.waitFor('web');
  await screen.press('u');
  await screen.waitFor('Limits of web');
  await screen.press('tab', 'tab');
  await screen.type('99');
  await screen.press('enter');
  await screen.waitFor('Range of CPUs is from 0.01 to 2.00');
  expect(screen.text()).toMatch(/CPUs +99/);
  expect(screen.text()).not.toContain('Cannot update');
  await screen.press('backspace', 'backspace', 'S-tab', 'S-tab');
  await screen.waitFor(/Memory +no limit/);
});

test('a container that the engine refuses can be mended in the form', async () => {
  const engine = threeContainers();
  engine.failNext('create', new EngineError('conflict', 'the container name "/web" is already in use'));
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('n');
  await screen.waitFor('Run a container');
  await screen.type('web');
  await screen.press('enter');
  await screen.waitFor('the container name "/web" is already in use');
  await screen.type('-2');
  await screen.press('enter');
  await screen.waitFor('started web-2');
});

test('a container that runs out of memory is told of and marked', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('(3)');
  engine.runOutOfMemory('job');
  await screen.waitFor('job ran out of memory: the kernel killed a process of it');
  await screen.waitFor('(oom)');
});

test('where the screen is too small to show anything, keys do nothing', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  await screen.press('d');
  await screen.waitFor('Remove cache?');
  screen.resize(20, 5);
  await screen.waitFor('gantry needs');
  await screen.press('y', 's', 'r');
  screen.resize(120, 36);
  await screen.waitFor('Remove cache?');
  await screen.press('esc');
  expect(engine.calls.filter((call) => !call.startsWith('events'))).toEqual([]);
});

test('a name that is refused is asked for again, with what was typed', async () => {
  const engine = threeContainers();
  await using screen = await openScreen(engine.client);
  await screen.waitFor('job');
  engine.failNext('rename', new EngineError('conflict', 'the name "web" is in use'));
  await screen.press('N', 'ctrl-u');
  await screen.type('web');
  await screen.press('enter');
  await screen.waitFor('the name "web" is in use');
  await screen.type('-2');
  await screen.press('enter');
  await screen.waitFor('web-2');
  expect(engine.calls).toContain('rename cache web-2');
});
