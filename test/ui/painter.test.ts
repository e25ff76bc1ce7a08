import { expect, test } from 'vitest';
import { createPainter } from '../../src/ui/screen/painter.ts';

const SIZE = { columns: 8, rows: 3 };

function recorder(): { readonly writes: string[]; readonly painter: ReturnType<typeof createPainter> } {
  const writes: string[] = [];
  return { writes, painter: createPainter((text) => void writes.push(text)) };
}

test('writes only what changed, in one write', () => {
  const { writes, painter } = recorder();
  painter.paint([{ x: 0, y: 0, width: 8, lines: ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'] }], SIZE);
  painter.paint([{ x: 0, y: 0, width: 8, lines: ['aaaaaaaa', 'xxxxxxxx', 'cccccccc'] }], SIZE);
  expect(writes).toHaveLength(2);
  expect(writes[1]).toBe('\u{1B}[?2026h\u{1B}[2;1Hxxxxxxxx\u{1B}[?2026l');
});

test('writes nothing for the same picture', () => {
  const { writes, painter } = recorder();
  const picture = [{ x: 0, y: 0, width: 8, lines: ['aaaaaaaa'] }];
  painter.paint(picture, SIZE);
  painter.paint(picture, SIZE);
  expect(writes).toHaveLength(1);
});

test('what lies above is written again when something below it changes', () => {
  const { writes, painter } = recorder();
  const over = { x: 2, y: 1, width: 6, lines: ['dialog'] };
  const side = { x: 6, y: 0, width: 2, lines: ['--', '--'] };
  painter.paint([{ x: 0, y: 0, width: 6, lines: ['aaaaaa', 'bbbbbb'] }, side, over], SIZE);
  painter.paint([{ x: 0, y: 0, width: 6, lines: ['aaaaaa', 'BBBBBB'] }, side, over], SIZE);
  expect(writes[1]).toContain('\u{1B}[2;1HBBBBBB\u{1B}[2;7H--\u{1B}[2;3Hdialog');
});

test('a dialog over a pane as wide as the screen stays above what changes there', () => {
  const { writes, painter } = recorder();
  const over = { x: 2, y: 0, width: 4, lines: ['over'] };
  painter.paint([{ x: 0, y: 0, width: 8, lines: ['aaaaaaaa'] }, over], SIZE);
  painter.paint([{ x: 0, y: 0, width: 8, lines: ['AAAAAAAA'] }, over], SIZE);
  expect(writes[1]).toContain('\u{1B}[1;1HAAAAAAAA\u{1B}[1;3Hover');
});

test('neighbours that stand side by side do not make each other repaint', () => {
  const { writes, painter } = recorder();
  painter.paint(
    [
      { x: 0, y: 0, width: 4, lines: ['left'] },
      { x: 4, y: 0, width: 4, lines: ['rite'] },
    ],
    SIZE,
  );
  painter.paint(
    [
      { x: 0, y: 0, width: 4, lines: ['LEFT'] },
      { x: 4, y: 0, width: 4, lines: ['rite'] },
    ],
    SIZE,
  );
  expect(writes[1]).not.toContain('rite');
});

test('draws in full after another size, after an interruption, and nothing during one', () => {
  const { writes, painter } = recorder();
  const picture = [{ x: 0, y: 0, width: 8, lines: ['aaaaaaaa'] }];
  painter.paint(picture, SIZE);
  painter.paint(picture, { columns: 8, rows: 4 });
  painter.pause();
  painter.paint([{ x: 0, y: 0, width: 8, lines: ['bbbbbbbb'] }], SIZE);
  expect(writes).toHaveLength(2);
  // A new size, say, while a shell has the terminal.
  painter.invalidate();
  painter.paint(picture, { columns: 9, rows: 4 });
  expect(writes).toHaveLength(2);
  painter.resume();
  painter.paint(picture, SIZE);
  expect(writes[2]).toContain('\u{1B}[2J');
  expect(writes[2]).toContain('aaaaaaaa');
});
