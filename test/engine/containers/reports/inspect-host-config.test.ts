import { expect, test } from 'vitest';
import { shownHostConfig } from '../../../../src/engine/containers/reports/inspect-host-config.ts';

test('what was not asked for is shown with the value that means so', () => {
  expect(shownHostConfig({ Memory: 5 })).toMatchObject({
    Memory: 5,
    NanoCpus: 0,
    PidsLimit: null,
    Privileged: false,
    ShmSize: 67_108_864,
    CpusetCpus: '',
  });
});

test('what was asked for stays', () => {
  const asked = { Binds: ['/a:/b'], ShmSize: 1 << 20, PidsLimit: 7, Runtime: 'gantry' };
  expect(shownHostConfig(asked)).toMatchObject(asked);
});
