// `run -it` and its like on a real terminal: tmux is the person and the screen.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { has, systemTest } from '../support/requires.ts';
import { waitFor } from '../support/wait-for.ts';
import { CONTAINERS, binary, startMachine, type Machine } from './gantry.ts';

const terminalTest = systemTest(...CONTAINERS, 'tmux');

/** The shell waits for a line: its prompt is the last thing on the screen. */
const PROMPT = /(^|\n)ready>\s*$/;
let screens = 0;

interface Screen extends Disposable {
  type(...keys: string[]): void;
  /** Waits until the screen shows it. */
  shows(text: string | RegExp): Promise<string>;
  resize(columns: number, rows: number): void;
  /** The process id of what the shell runs. */
  program(): number;
}

/** A shell in a terminal of 80×24, with `gantry` as a function. */
async function openScreen(machine: Machine): Promise<Screen> {
  // One of its own each time: a server that is ending still answers on the old one.
  const socket = join(machine.directory, `tmux-${(screens += 1)}`);
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...machine.env },
    });
  tmux('new-session', '-d', '-x', '80', '-y', '24', 'env PS1= sh');
  const screen: Screen = {
    type: (...keys) => void tmux('send-keys', ...keys),
    async shows(text) {
      let seen = '';
      const matches = (): boolean => {
        seen = tmux('capture-pane', '-p');
        return typeof text === 'string' ? seen.includes(text) : text.test(seen);
      };
      await waitFor(matches, {
        reason: `the screen shows ${String(text)}`,
        intervalMs: 50,
        timeoutMs: 20_000,
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; it shows:\n${seen}`, { cause: error });
      });
      return seen;
    },
    resize: (columns, rows) => void tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    program() {
      const shell = tmux('display-message', '-p', '#{pane_pid}').trim();
      return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim());
    },
    [Symbol.dispose]: () => void tmux('kill-server'),
  };
  using undo = new DisposableStack();
  undo.use(screen);
  // What is typed before the screen is clear would be cleared away. The prompt is not to be seen in what makes it.
  screen.type(`gantry() { ${binary} "$@"; }; clear; PS1="rea""dy> "`, 'Enter');
  await screen.shows(PROMPT);
  undo.move();
  return screen;
}

describe('a terminal', () => {
  let machine: Machine;
  beforeAll(async () => {
    if ([...CONTAINERS, 'tmux' as const].every(has)) machine = await startMachine();
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
  });

  terminalTest('run -it: a shell with our size, which follows it, and ends with its code', async () => {
    using screen = await openScreen(machine);
    screen.type(`gantry run --rm -it ${machine.image} sh`, 'Enter');
    await screen.shows('/ #');
    screen.type('stty size', 'Enter');
    await screen.shows('24 80');
    screen.resize(100, 30);
    // The size takes its way while keys take theirs.
    screen.type(`until [ "$(stty size)" = '30 100' ]; do sleep 1; done; stty size`, 'Enter');
    await screen.shows(/^30 100$/m);
    screen.type('exit 3', 'Enter');
    await screen.shows(PROMPT);
    screen.type('echo code=$?; stty -a | grep -o "[-]*icanon"', 'Enter');
    expect(await screen.shows(/code=3\n+icanon/)).not.toContain('-icanon');
  });

  terminalTest('ctrl-c reaches the program in the container', async () => {
    using screen = await openScreen(machine);
    screen.type(
      `gantry run --rm -it ${machine.image} sh -c 'trap "echo caught; exit 5" INT; echo set; while :; do sleep 1; done'`,
      'Enter',
    );
    await screen.shows(/^set$/m);
    screen.type('C-c');
    await screen.shows('caught');
    await screen.shows(PROMPT);
    screen.type('echo code=$?', 'Enter');
    await screen.shows('code=5');
  });

  terminalTest('ctrl-p ctrl-q leaves it running, attach comes back', async () => {
    using screen = await openScreen(machine);
    screen.type(`gantry run -it --name left ${machine.image} sh`, 'Enter');
    await screen.shows('/ #');
    screen.type('C-p', 'C-q');
    await screen.shows('read escape sequence');
    await screen.shows(PROMPT);
    expect(await machine.ok('ps', '--format', '{{.Names}} {{.State}}')).toBe('left running');
    screen.type('clear; gantry attach left', 'Enter');
    screen.type('echo $((6*7))', 'Enter');
    await screen.shows(/^42$/m);
    screen.type('exit', 'Enter');
    await screen.shows(PROMPT);
    await machine.ok('rm', '-f', 'left');
  });

  terminalTest('exec -it is a terminal of its own', async () => {
    using screen = await openScreen(machine);
    const id = await machine.ok('run', '-d', machine.image, 'sleep', '100');
    screen.type(`gantry exec -it ${id} sh -c 'tty; stty size'`, 'Enter');
    await screen.shows(/\/dev\/pts\/\d+\n24 80/);
    await machine.ok('rm', '-f', id);
  });

  terminalTest('killed in the middle, the terminal is cooked again', async () => {
    using screen = await openScreen(machine);
    screen.type(`gantry run -it --name dying ${machine.image} sh`, 'Enter');
    await screen.shows('/ #');
    process.kill(screen.program(), 'SIGTERM');
    await screen.shows(PROMPT);
    screen.type('clear; stty -a | grep -o "[-]*icanon"', 'Enter');
    await screen.shows(/^icanon$/m);
    await machine.ok('rm', '-f', 'dying');
  });
});
