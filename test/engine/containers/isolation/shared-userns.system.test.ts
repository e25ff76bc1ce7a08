// The ids of containers that share a user namespace, as the kernel maps them.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Cell, isolationTest, openCells } from '../../../support/cells.ts';

const { running } = openCells();

const mapOf = async ({ container }: Cell): Promise<string> =>
  readFileSync(`/proc/${(await container.inspect()).State.Pid}/uid_map`, 'utf8');

isolationTest('they are nobody else’s while one runs, though the first is gone', async () => {
  const owner = await running({ UsernsMode: 'auto' });
  const taken = await mapOf(owner);
  const guests = [
    await running({ UsernsMode: `container:${owner.container.id}` }),
    await running({ NetworkMode: `container:${owner.container.id}` }),
  ];
  await owner[Symbol.asyncDispose]();
  for (const guest of guests) expect(await mapOf(guest)).toBe(taken);
  await using other = await running({ UsernsMode: 'auto' });
  expect(await mapOf(other)).not.toBe(taken);
  for (const guest of guests) await guest[Symbol.asyncDispose]();
  await using next = await running({ UsernsMode: 'auto' });
  expect(await mapOf(next)).toBe(taken);
});
