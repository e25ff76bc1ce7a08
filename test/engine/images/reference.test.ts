import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  familiarName,
  familiarRepository,
  fullName,
  parseReference,
  withDefaultTag,
} from '../../../src/engine/images/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('image references', () => {
  test.each([
    ['alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['index.docker.io/library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['user/app', 'docker.io/user/app:latest', 'user/app:latest'],
    ['localhost/app', 'localhost/app:latest', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app:latest'],
    ['[::1]:5000/a/b:v', '[::1]:5000/a/b:v', '[::1]:5000/a/b:v'],
    ['ghcr.io/a/b-c_d.e/f__g:V1.2', 'ghcr.io/a/b-c_d.e/f__g:V1.2', 'ghcr.io/a/b-c_d.e/f__g:V1.2'],
    [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`, `alpine@${DIGEST}`],
    [`alpine:3@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`, `alpine@${DIGEST}`],
    ['library/alpine', 'docker.io/library/alpine:latest', 'alpine:latest'],
    ['gantry/hosttools', 'docker.io/gantry/hosttools:latest', 'gantry/hosttools:latest'],
  ])('%s is %s, shown as %s', (text, full, familiar) => {
    const reference = withDefaultTag(parseReference(text));
    expect([fullName(reference), familiarName(reference)]).toEqual([full, familiar]);
  });

  test.each([
    ['', 'invalid reference format'],
    ['Alpine', 'invalid reference format: repository name (library/Alpine) must be lowercase'],
    ['a b', 'invalid reference format'],
    ['alpine:', 'invalid reference format'],
    ['alpine:-x', 'invalid reference format'],
    [`alpine:${'t'.repeat(129)}`, 'invalid reference format'],
    ['alpine@sha256:1234', 'invalid reference format'],
    ['/alpine', 'invalid reference format'],
    ['alpine/', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    ['../etc', 'invalid reference format'],
    ['a'.repeat(300), 'invalid reference format: repository name must not be more than 255 characters'],
    ['a'.repeat(64), 'invalid reference format: cannot specify 64-byte hexadecimal strings'],
  ])('refuses %s', (text, message) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ message, statusCode: 400 }));
  });

  test('a full name and a familiar name mean the same again', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const domain = fc.constantFrom('', 'docker.io/', 'registry.example/', 'localhost:5000/');
    fc.assert(
      fc.property(
        domain,
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.option(fc.stringMatching(/^\w[\w.-]{0,10}$/), { nil: undefined }),
        (host, path, tag) => {
          const reference = withDefaultTag(
            parseReference(`${host}${path.join('/')}${tag === undefined ? '' : `:${tag}`}`),
          );
          for (const name of [fullName(reference), familiarName(reference)])
            expect(withDefaultTag(parseReference(name))).toEqual(reference);
          expect(familiarName(reference).startsWith(familiarRepository(reference))).toBe(true);
        },
      ),
    );
  });
});
