import { describe, expect, test } from 'vitest';
import { refusedOptions, refuseUnsupported } from '../../../src/cli/flags/container-options.ts';
import { parseDeviceRule } from '../../../src/cli/flags/device-rule.ts';
import { parseDevice } from '../../../src/engine/api/device-spec.ts';
import { timeFrom } from '../../../src/cli/flags/time-offset.ts';
import { parseOptions } from '../../../src/cli/parse-options.ts';

const mapping = (host: string, container: string, access: string) => ({
  PathOnHost: host,
  PathInContainer: container,
  CgroupPermissions: access,
});

// docker/cli: cli/command/container/opts_test.go, TestParseDevice and TestValidateDevice.
test.each([
  ['/dev/snd', mapping('/dev/snd', '/dev/snd', 'rwm')],
  ['/dev/snd:rw', mapping('/dev/snd', '/dev/snd', 'rw')],
  ['/dev/snd:/something', mapping('/dev/snd', '/something', 'rwm')],
  ['/dev/snd:/something:rw', mapping('/dev/snd', '/something', 'rw')],
  ['/dev//snd', mapping('/dev/snd', '/dev/snd', 'rwm')],
  ['hostPath:/containerPath', mapping('hostPath', '/containerPath', 'rwm')],
  ['/rw:/ro', mapping('/rw', '/ro', 'rwm')],
])('--device %s', (spec, expected) => {
  expect(parseDevice(spec)).toEqual(expected);
});

test.each([
  ['', 'bad format for path: '],
  [':test', 'bad format for path: :test'],
  ['/a:/b:rw:x', 'bad format for path: /a:/b:rw:x'],
  ['./', './ is not an absolute path'],
  ['path:ro', 'ro is not an absolute path'],
  ['path:rr', 'rr is not an absolute path'],
  ['a:/b:ro', 'bad mode specified: ro'],
  ['a:/b:rr', 'bad mode specified: rr'],
  ['nvidia.com/gpu=all', /^CDI device "nvidia.com\/gpu=all" cannot be injected/],
])('--device %j is refused', (spec, problem) => {
  expect(() => parseDevice(spec)).toThrow(problem);
});

test('--device-cgroup-rule', () => {
  for (const rule of ['c 1:1 r', 'a *:* rwm', 'b 7:* rmw']) expect(parseDeviceRule(rule)).toBe(rule);
  for (const rule of ['', 'c 7:128rwm', 'c 7:128 rwma', 'd 1:1 r', 'c a:1 r'])
    expect(() => parseDeviceRule(rule)).toThrow(
      `invalid argument "${rule}" for "--device-cgroup-rule" flag: invalid device cgroup format '${rule}'`,
    );
});

describe('--time-offset', () => {
  const boot = (text: string) => timeFrom(undefined, [`boottime=${text}`]).TimeOffsets?.Boottime;
  test.each([
    ['90', 90, 0],
    ['1h30m', 5400, 0],
    ['-1d12h', -129_600, 0],
    ['1.5s', 1, 500_000_000],
    ['-1.5', -2, 500_000_000],
    ['+20ms', 0, 20_000_000],
  ])('%s', (text, Secs, Nanosecs) => {
    expect(boot(text)).toEqual({ Secs, Nanosecs });
  });

  test('of both clocks, in one flag or two; a namespace of its own follows', () => {
    const both = { Monotonic: { Secs: 1, Nanosecs: 0 }, Boottime: { Secs: 2, Nanosecs: 0 } };
    const expected = { TimensMode: 'private', TimeOffsets: both };
    expect(timeFrom(undefined, ['monotonic=1,boottime=2'])).toEqual(expected);
    expect(timeFrom('private', ['monotonic=1', 'boottime=2'])).toEqual(expected);
    expect(timeFrom('private', [])).toEqual({ TimensMode: 'private' });
    expect(timeFrom(undefined, [])).toEqual({});
  });

  test('nonsense', () => {
    expect(() => timeFrom('container:x', [])).toThrow('--timens: invalid TIME mode');
    expect(() => timeFrom('host', ['boottime=1'])).toThrow('conflicting options');
    expect(() => timeFrom(undefined, ['realtime=1'])).toThrow('unknown clock "realtime"');
    for (const text of ['', '1x', 'h', '1h-2m', '1..5s', '1h 2m'])
      expect(() => boot(text), text).toThrow(`invalid duration "${text}"`);
  });
});

test('a flag that is not there says so, and what to do instead', () => {
  const refuse =
    (...argv: string[]) =>
    () =>
      refuseUnsupported(parseOptions(refusedOptions, argv).values);
  expect(refuse()).not.toThrow();
  expect(refuse('--gpus', 'all')).toThrow(/^--gpus is not there: .*--device$/);
  expect(refuse('--use-api-socket')).toThrow(/^--use-api-socket is not there/);
  expect(refuse('--health-cmd', 'x')).toThrow('--health-cmd is not there yet');
});
