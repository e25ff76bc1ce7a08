import { assert as check, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileTemplate } from '../../../src/cli/template/template.ts';

const data = {
  Name: 'web',
  Empty: '',
  Count: 3,
  Ratio: 1.5,
  On: true,
  Nothing: null,
  State: { Status: 'running', Pid: 42 },
  List: ['a', 'b', 'c'],
  None: [],
  Map: { b: 2, a: 1 },
  Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '443/tcp': null },
  'with-dash': 'x',
};

const render = (source: string): string => compileTemplate(source).render(data);

describe('values', () => {
  test.each([
    ['plain text', 'plain text'],
    ['{{.Name}}', 'web'],
    ['{{ .State.Status }}/{{.State.Pid}}', 'running/42'],
    ['{{$.Name}}', 'web'],
    ['{{.Count}} {{.Ratio}} {{.On}}', '3 1.5 true'],
    ['{{.Nothing}}', '<no value>'],
    ['{{.List}}', '[a b c]'],
    ['{{.Map}}', 'map[a:1 b:2]'],
    ['{{json .Map}} {{json .Name}} {{json .Nothing}}', '{"b":2,"a":1} "web" null'],
    ['{{json .}}', JSON.stringify(data)],
    ['{{"quo\\"ted"}} {{`raw`}} {{42}} {{true}}', 'quo"ted raw 42 true'],
    ['{{(index .Ports "80/tcp")}}', '[map[HostIp:0.0.0.0 HostPort:8080]]'],
    ['{{(index (index .Ports "80/tcp") 0).HostPort}}', '8080'],
    ['{{index .List 1}}{{index . "with-dash"}}', 'bx'],
    ['{{len .List}}{{len .Name}}{{len .Map}}', '332'],
    ['{{slice .List 1}}{{slice .Name 0 2}}', '[b c]we'],
  ])('%s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('control', () => {
  test.each([
    ['{{if .On}}yes{{else}}no{{end}}', 'yes'],
    ['{{if .Empty}}yes{{else}}no{{end}}', 'no'],
    ['{{if .None}}1{{else if eq .Count 3}}2{{else}}3{{end}}', '2'],
    ['{{if and .On (not .Empty)}}y{{end}}', 'y'],
    ['{{if or .Empty .Name}}y{{end}}', 'y'],
    ['{{or .Empty "default"}}', 'default'],
    ['{{if and .Nothing .Nothing.Deep}}y{{else}}n{{end}}', 'n'],
    ['{{range .List}}<{{.}}>{{end}}', '<a><b><c>'],
    ['{{range .None}}x{{else}}none{{end}}', 'none'],
    ['{{range $i, $e := .List}}{{$i}}={{$e}},{{end}}', '0=a,1=b,2=c,'],
    ['{{range $k, $v := .Map}}{{$k}}{{$v}}{{end}}', 'a1b2'],
    [
      '{{range $p, $b := .Ports}}{{$p}}:{{if $b}}{{(index $b 0).HostPort}}{{end}};{{end}}',
      '443/tcp:;80/tcp:8080;',
    ],
    ['{{range .List}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}', 'ac'],
    ['{{range .List}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', 'a'],
    ['{{range 3}}{{.}}{{end}}', '012'],
    ['{{range .List}}{{$.Name}}{{end}}', 'webwebweb'],
    ['{{with .State}}{{.Status}}{{end}}', 'running'],
    ['{{with .Empty}}x{{else}}{{.Name}}{{end}}', 'web'],
    ['{{with $s := .State}}{{$s.Pid}}{{end}}', '42'],
    ['{{$x := 1}}{{if .On}}{{$x = 2}}{{end}}{{$x}}', '2'],
    ['{{$x := 1}}{{if .On}}{{$x := 2}}{{$x}}{{end}}{{$x}}', '21'],
  ])('%s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('functions and pipelines', () => {
  test.each([
    ['{{.Name | upper}}', 'WEB'],
    ['{{.Name | printf "%s-%d" "x" | len}}', '17'],
    ['{{printf "%s %d %q %v" .Name .Count .Name .List}}', 'web 3 "web" [a b c]'],
    [
      String.raw`{{printf "%q" "ö \\\"\x1b\x07\x7f\u009b\u202e\n"}}`,
      String.raw`"ö \\\"\x1b\a\x7f\u009b\u202e\n"`,
    ],
    ['{{printf "%5d|%-5s|%05.1f|%x|%t|%%" 42 "ab" 3.14159 255 true}}', '   42|ab   |003.1|ff|true|%'],
    ['{{printf "%d" "x"}}', '%!d(string=x)'],
    ['{{printf "%s"}}', '%!s(MISSING)'],
    ['{{join .List ", "}}', 'a, b, c'],
    ['{{.Name | printf "%s!" | lower | title}}', 'Web!'],
    ['{{split "a:b" ":"}}', '[a b]'],
    ['{{pad .Name 1 2}}|', ' web  |'],
    ['{{truncate .Name 2}}', 'we'],
    ['{{println .Name .Count}}', 'web 3\n'],
    [
      '{{eq .Count 1 2 3}} {{ne .Name "x"}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 1}}',
      'true true true true false true',
    ],
    ['{{eq .Nothing nil}}', 'true'],
    ['{{not .On}}', 'false'],
    ['{{html "<a>"}}', '&#60;a&#62;'],
  ])('%s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('white space and comments', () => {
  test.each([
    ['a  {{- .Name -}}  b', 'awebb'],
    ['a {{/* no */}} b', 'a  b'],
    ['a {{- /* no */ -}} b', 'ab'],
    ['{{- 3 -}}', '3'],
  ])('%s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });
});

describe('errors', () => {
  test.each([
    ['{{.Name', 'template: :1: unclosed action'],
    ['{{nope .Name}}', 'template: :1: function "nope" not defined'],
    ['{{if .On}}', 'template: :1: unexpected EOF'],
    ['{{end}}', 'template: :1: unexpected {{end}}'],
    ['a\n{{if}}x{{end}}', 'template: :2: missing value for if'],
    ['{{}}', 'template: :1: missing value for command'],
    ['{{"abc}}', 'template: :1: unterminated quoted string'],
    ['{{(.Name}}', 'template: :1: unclosed left paren'],
    ['{{.Name )}}', 'template: :1: unexpected ")" in operand'],
    ['{{.Missing}}', 'template: :1:2: executing "" at <.Missing>: map has no entry for key "Missing"'],
    ['x {{.State.Gone}}', 'template: :1:4: executing "" at <.State.Gone>: map has no entry for key "Gone"'],
    [
      '{{.Name.Deep}}',
      'template: :1:2: executing "" at <.Name.Deep>: can\'t evaluate field Deep in type string',
    ],
    [
      '{{index .List 9}}',
      'template: :1:2: executing "" at <index>: error calling index: reflect: slice index out of range: 9',
    ],
    [
      '{{lt 1 "a"}}',
      'template: :1:2: executing "" at <lt>: error calling lt: incompatible types for comparison',
    ],
    ['{{$x}}', 'template: :1: undefined variable "$x"'],
    ['{{.Name 1}}', 'template: :1:2: executing "" at <.Name>: can\'t give argument to non-function'],
  ])('%s', (source, message) => {
    expect(() => render(source)).toThrow(message);
  });
});

test('methods of a row take arguments', () => {
  const row = { Label: (name: unknown) => `<${String(name)}>` };
  expect(compileTemplate('{{.Label "com.x"}}').render(row)).toBe('<com.x>');
});

test('members that objects inherit are not data', () => {
  expect(() => compileTemplate('{{.constructor}}').render({})).toThrow('no entry for key "constructor"');
});

test('text without braces comes out as it went in', () => {
  check(
    property(string(), (text) => {
      const plain = text.replaceAll('{{', '');
      expect(compileTemplate(plain).render({})).toBe(plain);
    }),
  );
});

test('a literal that looks like a symbol stays a literal', () => {
  for (const text of [')', '(', '|', ',', ':=', '.']) {
    expect(compileTemplate(`{{(printf "%s" "${text}") | printf "%s"}}`).render({})).toBe(text);
  }
});

test('any string survives a quoted literal and printf %s', () => {
  check(
    property(string({ unit: 'grapheme' }), (text) => {
      expect(compileTemplate(`{{printf "%s" ${JSON.stringify(text)}}}`).render({})).toBe(text);
    }),
  );
});
