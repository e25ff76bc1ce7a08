// `--security-opt`: docker/cli's grammar; a seccomp profile is read here and travels as its text.
import { UsageError } from '../exit-error.ts';
import { cut, readFlagFile } from './key-value.ts';

/** As the engine takes it. @throws UsageError */
export function securityOption(text: string): string {
  const [name, value] = text.includes('=') ? cut(text, '=') : cut(text, ':');
  if (value === undefined || value === '') {
    if (name === 'no-new-privileges' || name === 'writable-cgroups') return name;
    throw new UsageError(`invalid --security-opt: "${text}"`);
  }
  if (name !== 'seccomp' || value === 'unconfined' || value === 'builtin') return `${name}=${value}`;
  return `seccomp=${profileText(value)}`;
}

/** Whole, with its line breaks: the engine names the lines of what it cannot take. */
function profileText(path: string): string {
  const text = profileFile(path);
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const place = `line ${brokenLine(text)}`;
    throw new UsageError(`compacting json for seccomp profile (${path}) failed: ${place}: ${problem}`, {
      cause: error,
    });
  }
}

function profileFile(path: string): string {
  try {
    return readFlagFile(path);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageError(`opening seccomp profile (${path}) failed: ${problem}`, { cause: error });
  }
}

/** JSON.parse does not always say where: the first line up to which it complains of more than a missing end. */
function brokenLine(text: string): number {
  const lines = text.split('\n');
  const broken = lines.findIndex((_, index) => isBroken(lines.slice(0, index + 1).join('\n')));
  return broken === -1 ? lines.length : broken + 1;
}

function isBroken(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = / at position (\d+)/.exec(message)?.[1];
    if (position !== undefined) return Number(position) < beginning.trimEnd().length;
    return message !== 'Unexpected end of JSON input';
  }
}
