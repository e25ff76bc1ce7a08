// Text with escape sequences → spans. Colours and weights (SGR) are kept, everything else a terminal would obey is dropped.
import { cleanText, type Line, type Span } from '../components/line.ts';

// CSI; OSC, DCS, SOS, PM and APC up to their end; two-character escapes. ECMA-48 5.3 to 5.6.
const SEQUENCE =
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with one
  /\u{1B}\[([0-?]*)[ -/]*([@-~])|\u{1B}[\]PX^_][^\u{7}\u{1B}]*(?:\u{7}|\u{1B}\\)?|\u{1B}[ -/]*[0-~]?/gu;

/** One line of a log. What a carriage return overwrote is not shown. */
export function spansFromAnsi(text: string): Line {
  const visible = text.slice(text.lastIndexOf('\r') + 1);
  if (!visible.includes('\u{1B}')) return [{ text: cleanText(visible) }];
  const spans: Span[] = [];
  let style: string[] = [];
  let from = 0;
  for (const match of visible.matchAll(SEQUENCE)) {
    pushSpan(spans, visible.slice(from, match.index), style);
    from = match.index + match[0].length;
    if (match[2] === 'm') style = applySgr(style, match[1] ?? '');
  }
  pushSpan(spans, visible.slice(from), style);
  return spans;
}

/** The text alone, for searching. */
export function plainFromAnsi(text: string): string {
  return spansFromAnsi(text)
    .map((span) => span.text)
    .join('');
}

function pushSpan(spans: Span[], text: string, style: readonly string[]): void {
  if (text !== '') spans.push({ text: cleanText(text), sgr: style });
}

function applySgr(style: readonly string[], parameters: string): string[] {
  let next = [...style];
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? '0' : code));
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? '0';
    if (code === '0') next = [];
    else if (code === '38' || code === '48') {
      const length = codes[index + 1] === '2' ? 5 : 3;
      next.push(codes.slice(index, index + length).join(';'));
      index += length - 1;
    } else if (/^(?:[1-4]|7|3[0-79]|4[0-79]|9[0-7]|10[0-7])$/.test(code)) next.push(code);
    else if (/^2[2-7]$/.test(code)) next = next.filter((known) => known.length > 1);
  }
  return next;
}
