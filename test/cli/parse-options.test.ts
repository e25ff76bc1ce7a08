import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../src/cli/parse-options.ts';

const options = {
  interactive: { kind: 'flag', short: 'i', help: '' },
  tty: { kind: 'flag', short: 't', help: '' },
  proxy: { kind: 'flag', default: true, help: '' },
  publish: { kind: 'list', short: 'p', help: '' },
  name: { kind: 'text', help: '' },
  network: { kind: 'list', help: '' },
  net: { kind: 'list', aliasOf: 'network', help: '' },
  time: { kind: 'int', short: 'n', help: '' },
} as const;

const parse = (line: string, interspersed = true) =>
  parseOptions(
    options,
    line.split(' ').filter((word) => word !== ''),
    interspersed,
  );

test.each([
  ['-it', { interactive: true, tty: true }],
  ['-i=false -t', { interactive: false, tty: true }],
  ['-p80:80 -p 81 --publish=82', { publish: ['80:80', '81', '82'] }],
  ['-itp 80', { interactive: true, tty: true, publish: ['80'] }],
  ['--name=a=b', { name: 'a=b' }],
  ['--name a --name b', { name: 'b' }],
  ['--name=', { name: '' }],
  ['--net a --network b', { network: ['a', 'b'] }],
  ['--proxy=false', { proxy: false }],
  ['', { proxy: true, interactive: false, publish: [], name: undefined, time: undefined }],
  ['-n 5', { time: 5 }],
  ['-n -5', { time: -5 }],
  ['-n=5', { time: 5 }],
])('%s', (line, expected) => {
  expect(parse(line).values).toMatchObject(expected);
});

test('options may stand behind arguments, unless the command has its own', () => {
  expect(parse('a -t b')).toMatchObject({ args: ['a', 'b'], values: { tty: true } });
  expect(parse('-i a -t --name b', false)).toMatchObject({
    args: ['a', '-t', '--name', 'b'],
    values: { interactive: true, tty: false, name: undefined },
  });
  expect(parse('-i -- -t x', false)).toMatchObject({ args: ['-t', 'x'], values: { tty: false } });
});

describe('errors in the words of pflag', () => {
  test.each([
    ['--nope', 'unknown flag: --nope'],
    ['--nope=1', 'unknown flag: --nope'],
    ['-x', "unknown shorthand flag: 'x' in -x"],
    ['-ix', "unknown shorthand flag: 'x' in -ix"],
    ['--name', 'flag needs an argument: --name'],
    ['-p', "flag needs an argument: 'p' in -p"],
    ['-n x', 'invalid argument "x" for "-n, --time" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [
      '--tty=maybe',
      'invalid argument "maybe" for "-t, --tty" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    ['--constructor', 'unknown flag: --constructor'],
  ])('%s', (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});

test('help needs nothing else to be right', () => {
  expect(parse('--help --nope').help).toBe(true);
  expect(parse('-h').help).toBe(true);
  expect(parse('x --help', false).help).toBe(false);
});
