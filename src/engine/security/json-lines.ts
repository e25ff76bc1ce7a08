// In which line of a JSON text something stands. Pure.

/** Strings, brackets, separators and everything else: enough for a text that JSON.parse has accepted. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

interface Frame {
  key: string | number | undefined;
}

/** From 1; of the value at `path`, or of the nearest one around it that is there. */
export function lineAt(json: string, path: readonly PropertyKey[]): number {
  const frames: Frame[] = [];
  let best = { depth: -1, offset: 0 };
  const seen = (offset: number): void => {
    const depth = frames.length;
    const matches = frames.every(({ key }, index) => key === path[index]);
    if (matches && depth > best.depth) best = { depth, offset };
  };
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    const top = frames.at(-1);
    const isKey = top !== undefined && top.key === undefined && token.startsWith('"');
    if (isKey) top.key = parsedKey(token);
    else if (token === ',') step(top);
    else if (token === '}' || token === ']') frames.pop();
    else if (token !== ':') seen(index);
    if (token === '{') frames.push({ key: undefined });
    if (token === '[') frames.push({ key: 0 });
  }
  return json.slice(0, best.offset).split('\n').length;
}

/** After a comma an array is at its next index and an object at a key that is not known yet. */
function step(frame: Frame | undefined): void {
  if (frame !== undefined) frame.key = typeof frame.key === 'number' ? frame.key + 1 : undefined;
}

function parsedKey(token: string): string {
  const key: unknown = JSON.parse(token);
  return String(key);
}
