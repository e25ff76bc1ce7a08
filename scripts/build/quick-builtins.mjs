// `import … from 'node:fs'` makes Node build an ES module of every export, and reading them all runs the getters that
// load things on demand: 5 ms for node:fs, 26 ms for node:http (it drags in fetch and WebSocket). The same module
// through process.getBuiltinModule costs nothing and 2 ms. So the bundle's imports of built-in modules are rewritten.
import { isBuiltin } from 'node:module';
import { parseAst } from 'rolldown/parseAst';

/** Modules that are dear to load and seldom needed: loaded at the first call of one of their functions. */
const LAZY = new Set(['node:child_process', 'node:crypto', 'node:http', 'node:https', 'node:worker_threads', 'node:zlib']);

const builtin = (name) => `process.getBuiltinModule(${JSON.stringify(name)})`;
const canonical = (name) => (name.startsWith('node:') ? name : `node:${name}`);

/** A stand-in whose members are looked up when they are used. */
const lazyNamespace = (name) => `new Proxy({}, { get: (_, key) => ${builtin(name)}[key] })`;

function isPlainFunction(name, member) {
  const value = process.getBuiltinModule(name)?.[member];
  return typeof value === 'function' && /^[a-z]/.test(member);
}

function namedImport(name, imported, local) {
  if (LAZY.has(name) && isPlainFunction(name, imported))
    return `const ${local} = (...args) => ${builtin(name)}.${imported}(...args);`;
  return `const ${local} = ${builtin(name)}.${imported};`;
}

function replacement(declaration) {
  const name = canonical(declaration.source.value);
  const lines = declaration.specifiers.map((specifier) => {
    const local = specifier.local.name;
    const isWhole = specifier.type !== 'ImportSpecifier' || specifier.imported.name === 'default';
    if (!isWhole) return namedImport(name, specifier.imported.name, local);
    return `const ${local} = ${LAZY.has(name) ? lazyNamespace(name) : builtin(name)};`;
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
