import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { collectSpecs } from '../../../src/cli/completion/command-spec.ts';
import { commandTable } from '../../../src/cli/command-table.ts';
import { isGroup, type CommandTable } from '../../../src/cli/command-tree.ts';
import { cli } from '../run-cli.ts';

const script = (await cli(['completion', 'bash'])).stdout;

/** What bash would offer behind this line; `gantry` itself is a function that answers fixed names. */
function complete(line: string): string[] {
  const driver = `
gantry() { case "$*" in "ps -a"*) echo web; echo worker ;; ps*) echo web ;; images*) echo alpine:3; echo '<none>:<none>' ;; esac; }
COMP_LINE=$1 COMP_POINT=\${#1}
_gantry
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', `${script}\n${driver}`, 'bash', line], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

test.each([
  ['gantry conta', ['container']],
  ['gantry container r', ['rename', 'restart', 'rm', 'run']],
  ['gantry --root /x vol', ['volume']],
  ['gantry run --cap', ['--cap-add', '--cap-drop']],
  ['gantry rm w', ['web', 'worker']],
  ['gantry stop w', ['web']],
  ['gantry container rm -f wo', ['worker']],
  ['gantry run -it al', ['alpine:3']],
  ['gantry rmi alpine:', ['3']],
])('%s', (line, expected) => {
  expect(complete(line).sort()).toEqual(expected);
});

test('every command of the table is known to the scripts, under all its names', async () => {
  const names = (table: CommandTable, prefix: string): string[] =>
    Object.entries(table).flatMap(([name, node]) =>
      isGroup(node)
        ? [`${prefix}${name}`, ...names(node.commands, `${prefix}${name} `)]
        : [name, ...(node.aliases ?? [])].map((alias) => `${prefix}${alias}`),
    );
  const specs = await collectSpecs(commandTable);
  expect(specs.map(({ path }) => path).sort()).toEqual(['', ...names(commandTable, '')].sort());
  const zsh = (await cli(['completion', 'zsh'])).stdout;
  for (const { path } of specs) expect(zsh).toContain(`'${path}') subcommands=`);
});

test('every command has a sentence that its help repeats', async () => {
  for (const { path } of (await collectSpecs(commandTable)).filter(
    ({ subcommands }) => subcommands.length === 0,
  )) {
    const run = await cli([...path.split(' '), '--help']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain(`Usage:  gantry ${path}`);
  }
});

test('another shell is refused', async () => {
  expect(await cli(['completion', 'fish'])).toMatchObject({
    code: 1,
    stderr: 'gantry: no completion for "fish": choose bash or zsh\n',
  });
});
