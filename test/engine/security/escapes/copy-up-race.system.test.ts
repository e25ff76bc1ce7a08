// A volume that is filled with what an image has at its place, while a container that has it already makes a directory of it a
// link: the copy must write nothing through it, neither to the machine nor to the image.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { copyUp } from '../../../../src/engine/containers/mounts/copy-up.ts';
import { systemTest } from '../../../support/requires.ts';
import { type TempDirectory, tempDirectory } from '../../../support/temp-root.ts';
import { NEEDS, compileAttack } from './attacks.ts';

const test = systemTest(...NEEDS);
/** So many that the link comes long before the last of them. */
const FILES = 3000;

/** @param leadTo target of the link @returns what the attacker said */
async function fillUnderAttack({ path }: TempDirectory, leadTo: string): Promise<string> {
  const volumeDir = join(path, 'volume/_data');
  const image = join(path, 'image');
  for (const place of [volumeDir, join(image, 'data/d'), join(image, 'victim'), join(path, 'victim')])
    mkdirSync(place, { recursive: true });
  for (let index = 0; index < FILES; index += 1) writeFileSync(join(image, 'data/d', `f${index}`), '');
  const program = compileAttack('lead-astray', join(path, 'attack'));
  // It goes on as a container would, beside the volume and not in its way.
  const attacker = spawn(program, [join(volumeDir, 'd'), leadTo], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  attacker.stdout.on('data', (text: Buffer) => (said += text.toString()));
  try {
    await once(attacker.stdout, 'data');
    await copyUp({ view: { kind: 'bind', source: image }, path: '/data', volumeDir }).catch(() => undefined);
    if (!said.includes('done')) await once(attacker.stdout, 'data');
    return said;
  } finally {
    attacker.kill('SIGKILL');
    await once(attacker, 'close');
  }
}

test('a volume that is being filled does not lead to the machine', async () => {
  using directory = tempDirectory();
  const out = `${'../'.repeat(40)}${join(directory.path, 'victim').slice(1)}`;
  expect(await fillUnderAttack(directory, out)).toBe('ready\ndone\n');
  expect(readdirSync(join(directory.path, 'victim'))).toEqual([]);
});

test('nor to the image, which others have as well', async () => {
  using directory = tempDirectory();
  expect(await fillUnderAttack(directory, '/victim')).toBe('ready\ndone\n');
  expect(readdirSync(join(directory.path, 'image/victim'))).toEqual([]);
  expect(readFileSync(join(directory.path, 'image/data/d/f0'), 'utf8')).toBe('');
});
