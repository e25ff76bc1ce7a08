// The dashboard on a pseudo-terminal (util-linux's script), its bytes in a terminal emulator.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import xterm from '@xterm/headless';
import { svgOf } from '../../test/support/svg.ts';
import { checkoutRoot, launcher } from '../setup/paths.mjs';

const FONTS = ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'].map(
  (name) => `/usr/share/fonts/truetype/dejavu/${name}`,
);
const OUT = join(checkoutRoot, 'screenshots');
const KEYS = { enter: '\r', esc: '\u{1B}', tab: '\t', down: '\u{1B}[B', up: '\u{1B}[A', 'ctrl-d': '\u{4}' };

const STILL_MS = 200;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function openDashboard({ columns, rows }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const child = spawn(
    'script',
    ['-qec', `stty cols ${columns} rows ${rows}; exec ${launcher}`, '/dev/null'],
    {
      env: { ...process.env, TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8' },
    },
  );
  let changedAt = 0;
  child.stdout.on('data', (bytes) => {
    changedAt = performance.now();
    terminal.write(bytes);
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const text = () =>
    Array.from({ length: rows }, (_, row) =>
      terminal.buffer.active.getLine(row)?.translateToString(true),
    ).join('\n');

  const dashboard = {
    text,
    /** Names of KEYS, or text as it is typed. */
    async press(...keys) {
      for (const key of keys) {
        child.stdin.write(KEYS[key] ?? key);
        await pause(key === 'esc' ? 120 : 60);
      }
    },
    async waitFor(wanted, ms = 20_000) {
      const deadline = performance.now() + ms;
      while (!(wanted instanceof RegExp ? wanted.test(text()) : text().includes(wanted))) {
        if (performance.now() > deadline) throw new Error(`waited for ${wanted}; the screen was:\n${text()}`);
        await pause(50);
      }
    },
    /** Half a frame is no picture: the terminal has been still for a moment. */
    async save(name) {
      const deadline = performance.now() + 5000;
      while (performance.now() - changedAt < STILL_MS && performance.now() < deadline) await pause(20);
      await new Promise((resolve) => terminal.write('', resolve));
      mkdirSync(OUT, { recursive: true });
      const font = { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans Mono' };
      writeFileSync(join(OUT, `${name}.png`), new Resvg(svgOf(terminal), { font }).render().asPng());
      process.stderr.write(`screenshots/${name}.png\n`);
    },
    async close() {
      await dashboard.press('esc', 'esc', 'q');
      await Promise.race([ended, pause(3000)]);
      child.kill();
    },
  };
  return dashboard;
}
