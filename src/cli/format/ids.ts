/** Docker's short id: 12 characters, without `sha256:`. */
export const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);

/** Docker's Ellipsis: at most so many characters, the last one `…` where something was cut. */
export function ellipsis(text: string, length: number): string {
  const characters = Array.from(text);
  if (characters.length <= length) return text;
  return length <= 1 ? (characters[0] ?? '') : `${characters.slice(0, length - 1).join('')}…`;
}
