import Dockerode from 'dockerode';
import { expect, test } from 'vitest';
import type { EngineClient } from '../../src/engine/api/engine-client.ts';

test('a real Dockerode is an EngineClient', () => {
  // Compile-time: this line is the test. The rest keeps it from being optimised into a type-only import.
  const client: EngineClient = new Dockerode({ socketPath: '/nonexistent' });
  expect(client.getContainer('abc').id).toBe('abc');
});
