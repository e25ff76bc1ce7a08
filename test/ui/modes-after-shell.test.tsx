import { expect, test } from 'vitest';
import { createFakeEngine } from '../support/fake-engine.ts';
import { openScreen } from '../support/screen.tsx';

test('what a killed program left set on the terminal is off after its shell', async () => {
  const engine = createFakeEngine();
  engine.addContainer({ name: 'web', image: 'nginx:1.27' });
  await using screen = await openScreen(engine.client);
  await screen.waitFor(/─ web ─╮/);
  await screen.press('e');
  await screen.waitFor('/ #');
  // Clicks, application cursor keys, no wrapping, margins, rows that count from the margin: the fake shell echoes them.
  await screen.press('\u{1B}[?1000h\u{1B}[?1006h\u{1B}[?1h\u{1B}[?7l\u{1B}[5;9r\u{1B}[?6h');
  await screen.waitUntil('the modes', () => screen.terminal.modes.mouseTrackingMode === 'vt200');
  await screen.press('ctrl-d');
  await screen.waitFor(/─ web ─╮/);
  expect(screen.terminal.modes).toMatchObject({
    mouseTrackingMode: 'none',
    applicationCursorKeysMode: false,
    originMode: false,
    wraparoundMode: true,
    bracketedPasteMode: true,
  });
  expect(screen.line(0)).toContain('gantry');
  expect(screen.line(35)).toContain('q quit');
});
