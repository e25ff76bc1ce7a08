// Starts this program again as a helper that may do to itself what would harm the engine: change its root directory
// or its mount namespace. From source the helper is its own file; in a bundle it is `gantry internal <name>`.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface HelperProgram {
  /** Of the hidden command. */
  readonly name: string;
  /** Below src/; run as a program it does the same. */
  readonly source: string;
}

export interface HelperOptions {
  readonly args: readonly string[];
  readonly stdio: StdioOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The caller waits for `close`. The helper gets an empty environment.
 * @param program or, for tests, a command in its place
 */
export function startHelper(
  program: HelperProgram | readonly string[],
  options: HelperOptions,
): ChildProcess {
  const { args, stdio, signal } = options;
  const [file = process.execPath, ...first] = 'name' in program ? commandOf(program) : program;
  return spawn(file, [...first, ...args], {
    stdio,
    // Without it the first Date reads /etc/localtime: in a container's tree by then, and of whatever kind it likes.
    env: { TZ: 'UTC' },
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { signal }),
  });
}

const isSource = import.meta.url.endsWith('.ts');

function commandOf(program: HelperProgram): string[] {
  const quiet = '--disable-warning=ExperimentalWarning';
  return isSource
    ? [
        process.execPath,
        quiet,
        UNOPTIMIZED_STRIPPER,
        fileURLToPath(new URL(`../${program.source}`, import.meta.url)),
      ]
    : [
        process.execPath,
        quiet,
        fileURLToPath(new URL('./main.js', import.meta.url)),
        'internal',
        program.name,
      ];
}

/**
 * Node strips types with a WebAssembly program. Optimizing that costs such a short process more than it gives (0.28 s of a
 * processor, 0.20 s without). And with it one in some two hundred of these processes died in the emulated machine of the
 * tests: of a page of generated WebAssembly code that V8 had given back, before any of our libraries was loaded.
 */
const UNOPTIMIZED_STRIPPER = '--liftoff-only';

/** True in the helper's own file when it was started from source. @param url import.meta.url of that file */
export function isHelperSource(url: string): boolean {
  return url.endsWith('.ts') && process.argv[1] === fileURLToPath(url);
}
