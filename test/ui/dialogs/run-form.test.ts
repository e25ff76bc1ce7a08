import { expect, test } from 'vitest';
import {
  commandLine,
  emptyForm,
  fieldsOf,
  FormError,
  requestFrom,
  words,
} from '../../../src/ui/dialogs/run-form.ts';
import type { RunForm } from '../../../src/ui/dialogs/run-form.ts';

const form = (texts: Partial<RunForm['texts']>, toggles: Partial<RunForm['toggles']> = {}): RunForm => {
  const empty = emptyForm('alpine');
  return { ...empty, texts: { ...empty.texts, ...texts }, toggles: { ...empty.toggles, ...toggles } };
};

test.each([
  ["sh -c 'echo a b'", ['sh', '-c', 'echo a b']],
  ['a "b c"d \\"e', ['a', 'b cd', '"e']],
  ["''", ['']],
  ['  ', []],
])('splits %j as a shell does', (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test('publishes ports with address and protocol', () => {
  const request = requestFrom(form({ ports: '8080:80 127.0.0.1:53:53/udp [::1]:81:80 443' }));
  expect(request.HostConfig?.PortBindings).toEqual({
    '80/tcp': [
      { HostIp: '', HostPort: '8080' },
      { HostIp: '::1', HostPort: '81' },
    ],
    '53/udp': [{ HostIp: '127.0.0.1', HostPort: '53' }],
    '443/tcp': [{ HostIp: '', HostPort: '' }],
  });
});

test.each([
  [{ image: '' }, 'an image is needed'],
  [{ ports: '80:x' }, 'not a port mapping: 80:x'],
  [{ ports: '99999:80' }, 'not a port mapping: 99999:80'],
  [{ volumes: 'data' }, 'not a volume mapping: data'],
  [{ command: "echo 'x" }, 'a quote is not closed'],
  [{ devices: 'fuse' }, 'not a device mapping: fuse'],
  [{ devices: '/dev/fuse:rx' }, 'not a device mapping: /dev/fuse:rx'],
])('says what can not be meant: %j', (texts, message) => {
  expect(() => requestFrom(form(texts))).toThrow(new FormError(message));
});

test('the command line quotes what a shell would take apart', () => {
  const text = commandLine(
    form(
      { name: 'x', command: `sh -c 'echo "it''s"'`, env: "A='b c'", volumes: 'd:/d:ro' },
      { tty: true, autoRemove: true },
    ),
  );
  expect(text).toBe(`gantry run -d -it --rm --name x -v d:/d:ro -e 'A=b c' alpine sh -c 'echo "its"'`);
});

test('the isolation fields make the request and the command line, folded or not', () => {
  const filled = form(
    { user: 'app', capabilities: 'NET_ADMIN SYS_TIME', devices: '/dev/fuse /dev/sda:/dev/disk:r' },
    { readOnly: true, privileged: true },
  );
  expect(requestFrom(filled)).toMatchObject({
    User: 'app',
    HostConfig: {
      CapAdd: ['NET_ADMIN', 'SYS_TIME'],
      Devices: [
        { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' },
        { PathOnHost: '/dev/sda', PathInContainer: '/dev/disk', CgroupPermissions: 'r' },
      ],
      ReadonlyRootfs: true,
      Privileged: true,
    },
  });
  expect(commandLine(filled)).toBe(
    'gantry run -d --read-only --privileged -u app --cap-add NET_ADMIN --cap-add SYS_TIME --device /dev/fuse --device /dev/sda:/dev/disk:r alpine',
  );
  expect(fieldsOf(filled)).toHaveLength(11);
  expect(fieldsOf(form({}, { isolation: true }))).toHaveLength(16);
});
