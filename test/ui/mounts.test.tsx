import { expect, test } from 'vitest';
import { EngineError } from '../../src/engine/api/errors.ts';
import { mountRequest } from '../../src/ui/panes/container-mounts.ts';
import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

test('adds a mount to a running container and takes it away', async () => {
  const engine = createFakeEngine();
  const id = engine.addContainer({ name: 'web', image: 'nginx:1' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor('web');
  await screen.press('M');
  await screen.waitFor('Mounts of web');
  await screen.press('a');
  await screen.waitFor('Mount on web');
  await screen.type('/srv:/data');
  await screen.press('enter');
  await screen.waitFor('mounted /srv:/data');
  expect(engine.calls).toContain(`mount add ${id} /data`);
  await screen.press('M');
  await screen.waitFor('/data  rw  bind  /srv');
  await screen.press('1');
  await screen.waitFor('Take /data away?');
  await screen.press('f');
  await screen.waitFor('took /data away');
  expect(engine.calls).toContain(`mount rm ${id} /data --force`);
});

test('what is refused can be mended', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1' });
  engine.failNext('mount add', new EngineError('conflict', 'duplicate mount point: /data'));
  await using screen = await openScreen(engine.client, { columns: 60, rows: 15 });
  await screen.waitFor('web');
  await screen.press('M', 'a');
  await screen.waitFor('tmpfs:/scratch');
  await screen.type('/srv:data');
  await screen.press('enter');
  await screen.waitFor('not a mount: /srv:data');
  await screen.press('backspace', 'backspace', 'backspace', 'backspace');
  await screen.waitFor('not a mount', { gone: true });
  await screen.type('/data');
  await screen.press('enter');
  await screen.waitFor('duplicate mount point: /data');
  await screen.type('2');
  await screen.press('enter');
  await screen.waitFor('mounted /srv:/data2');
});

test('many mounts on a small screen: each can be chosen', async () => {
  const engine = createFakeEngine();
  const id = engine.addContainer({ name: 'web', image: 'nginx:1' });
  for (let index = 1; index <= 12; index++)
    await engine.client.gantry?.addMount(id, { Binds: [`/srv:/m${index}`] });
  await using screen = await openScreen(engine.client, { columns: 60, rows: 15 });
  await screen.waitFor('web');
  await screen.press('M');
  await screen.waitFor('/m8  rw');
  expect(screen.text()).not.toContain('/m12');
  await screen.press('up');
  await screen.waitFor('d  take away /m12  rw  bind  /srv');
  await screen.press('enter');
  await screen.waitFor('Take /m12 away?');
});

test('says so where the engine cannot', async () => {
  const engine = createFakeEngine({ withoutGantry: true });
  engine.addContainer({ name: 'web', image: 'nginx:1' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor('web');
  await screen.press('M');
  await screen.waitFor('only gantry’s own engine can mount');
});

test('one line of text is a mount, or is none', () => {
  expect(mountRequest('/a:/b:ro')).toEqual({ Binds: ['/a:/b:ro'] });
  expect(mountRequest('data:/b')).toEqual({ Binds: ['data:/b'] });
  expect(mountRequest('/new')).toEqual({ Volumes: { '/new': {} } });
  expect(mountRequest('tmpfs:/t:size=1m')).toEqual({ Tmpfs: { '/t': 'size=1m' } });
  for (const bad of ['', 'data', 'data:', '/a:b', ':/b', '/a:/b:ro:x'])
    expect(mountRequest(bad)).toBeUndefined();
});
