// `import … from 'node:fs'` makes Node build an ES module of every export, and reading them all runs the getters that
// load things on demand: 5 ms for node:fs, 26 ms for node:http (it drags in fetch and WebSocket). The same module
// through process.getBuiltinModule costs nothing and 2 ms. So the bundle's imports of built-in modules are rewritten.
import { isBuiltin } from 'node:module';
import { parseAst } from 'rolldown/parseAst';

/** Modules that are dear to load and seldom needed: loaded when something of them is first used. */
const LAZY = new Set(
  ['child_process', 'crypto', 'dns', 'fs/promises', 'http', 'https', 'net', 'readline', 'stream/promises', 'tls', 'worker_threads', 'zlib'].map(
    (name) => `node:${name}`,
  ),
);

const builtin = (name) => `process.getBuiltinModule(${JSON.stringify(name)})`;
const canonical = (name) => (name.startsWith('node:') ? name : `node:${name}`);

/** A stand-in whose members are looked up when they are used. */
const lazyObject = (expression) => `new Proxy({}, { get: (_, key) => ${expression}[key] })`;

/** A stand-in for a class: to make one, to extend it, to ask `instanceof` of it. */
const lazyClass = (expression) =>
  `new Proxy(function () {}, { get: (_, key) => ${expression}[key], ` +
  `construct: (_, args, target) => Reflect.construct(${expression}, args, target), ` +
  `apply: (_, self, args) => Reflect.apply(${expression}, self, args) })`;

/** What a member of a dear module is replaced by depends on what it is; numbers and strings have to be read at once. */
function lazyMember(name, member) {
  const value = process.getBuiltinModule(name)?.[member];
  const expression = `${builtin(name)}.${member}`;
  if (typeof value === 'function')
    return /^[a-z]/.test(member) ? `(...args) => ${expression}(...args)` : lazyClass(expression);
  return typeof value === 'object' && value !== null ? lazyObject(expression) : expression;
}

function namedImport(name, imported, local) {
  const value = LAZY.has(name) ? lazyMember(name, imported) : `${builtin(name)}.${imported}`;
  return `const ${local} = ${value};`;
}

function replacement(declaration) {
  const name = canonical(declaration.source.value);
  const lines = declaration.specifiers.map((specifier) => {
    const local = specifier.local.name;
    const isWhole = specifier.type !== 'ImportSpecifier' || specifier.imported.name === 'default';
    if (!isWhole) return namedImport(name, specifier.imported.name, local);
    return `const ${local} = ${LAZY.has(name) ? lazyObject(builtin(name)) : builtin(name)};`;
  });
  return lines.join(' ');
}

/** @returns {string} the code with each import of a built-in module as a call */
export function rewriteBuiltins(code) {
  const imports = parseAst(code, { lang: 'js', sourceType: 'module' }).body.filter(
    (node) => node.type === 'ImportDeclaration' && isBuiltin(node.source.value),
  );
  let result = code;
  for (const node of imports.toReversed()) result = result.slice(0, node.start) + replacement(node) + result.slice(node.end);
  return result;
}

/** @returns {import('rolldown').Plugin} */
export function quickBuiltins() {
  return { name: 'quick-builtins', renderChunk: (code) => ({ code: rewriteBuiltins(code), map: null }) };
}
