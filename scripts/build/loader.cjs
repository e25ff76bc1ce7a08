'use strict';
// dist/main.js: loads the chunks of the command line (scripts/build.mjs puts this file there as it is).
//
// Node's own compile cache keeps what V8 compiles when it reads a file, which is hardly more than the outermost
// functions; everything else was compiled anew by each command, half of what a command cost. So this loader asks V8 for
// the code at the END of a command, when all that the command needed is compiled, and hands it back to the next command
// of the same name. A cache is made again by the first few commands, since no two of them take quite the same way.
//
// What V8 does not accept (another version, other flags, a damaged file) it compiles from the source, as if there were
// no cache; a directory that cannot be written simply stays without one.
const fs = require('node:fs');
const { Script, constants } = require('node:vm');

/** How often the code of one command is written down. */
const GENERATIONS = 4;
/** Built-in modules that few commands need, and that cost a millisecond or more: loaded when they are first used. */
const LAZY = new Set(
  `child_process crypto dns fs/promises http http2 https net readline stream stream/promises timers/promises tls
   worker_threads zlib`.split(/\s+/).map((name) => `node:${name}`),
);

const [, , argument = 'dashboard', hidden = ''] = process.argv;
const word = argument === 'internal' ? hidden : argument;
const command = /^[a-z]+$/.test(word) ? word : 'other';
/** Most hidden commands have changed their root directory by their end: what looks like our cache there is not ours. */
const keepsRoot = argument !== 'internal' || hidden === 'cleanup';
/**
 * V8 refuses what was compiled under other flags, so each set of flags has a cache of its own. So has each build, since
 * V8 only compares the length of a source: a command that outlives a build must not leave the old code for the new one.
 */
const BUILD = 'BUILD_STAMP';
const flags = [BUILD, process.version, ...process.execArgv, process.env.NODE_OPTIONS ?? ''].join('');
const cacheDirectory = `${__dirname}/cache/${flags.replaceAll(/[^\w.=-]/g, '').slice(0, 200)}`;

const modules = new Map();
const scripts = [];

function load(name) {
  if (name.startsWith('node:')) return LAZY.has(name) ? lazyBuiltin(name) : process.getBuiltinModule(name);
  if (!name.startsWith('./')) return require(name);
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const filename = `${__dirname}/${name.slice(2)}`;
  try {
    compile(filename, `${cacheDirectory}/${command}-${name.slice(2)}`).runInThisContext()(
      module.exports,
      load,
      module,
      filename,
      __dirname,
    );
  } catch (error) {
    // Who asks once more must not get the half of it.
    modules.delete(name);
    throw error.path === filename && error.code === 'ENOENT' ? replaced(error) : error;
  }
  return module.exports;
}

/** Names of chunks carry a hash of what is in them: one that is gone belonged to the build that this process runs. */
function replaced(cause) {
  const text = 'another version of gantry was installed while this one ran: quit it and start it again';
  return new Error(text, { cause });
}

/** The build escapes whatever is not ASCII, and Latin-1 is decoded by copying. */
function compile(filename, cacheFile) {
  const body = fs.readFileSync(filename, 'latin1');
  const source = `(function (exports, require, module, __filename, __dirname) {${body}\n})`;
  const cached = readCache(cacheFile);
  const script = new Script(source, {
    filename,
    cachedData: cached?.code,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const generation = cached === undefined || script.cachedDataRejected ? 0 : cached.generation;
  if (generation < GENERATIONS) scripts.push({ script, cacheFile, generation: generation + 1 });
  return script;
}

/** V8's data and after it one byte: how often it was made. */
function readCache(file) {
  try {
    const bytes = fs.readFileSync(file);
    return { code: bytes.subarray(0, -1), generation: bytes.at(-1) };
  } catch {
    return undefined;
  }
}

/** A command that failed went another way than those to come. Whole files only: V8 does not check what is inside. */
function writeCaches() {
  try {
    fs.mkdirSync(cacheDirectory, { recursive: true });
    for (const { script, cacheFile, generation } of scripts) {
      const temporary = `${cacheFile}.${process.pid}`;
      const bytes = Buffer.concat([script.createCachedData(), Buffer.of(generation)]);
      fs.writeFileSync(temporary, bytes, { flush: true });
      fs.renameSync(temporary, cacheFile);
    }
  } catch {
    // Read-only, full, or not ours: the next command compiles, as this one did.
  }
}

/** Stands in for a built-in module until something of it is asked for. `node:stream` is a function as well. */
function lazyBuiltin(name) {
  const real = () => process.getBuiltinModule(name);
  return new Proxy(name === 'node:stream' ? function () {} : {}, {
    get: (_, key) => real()[key],
    has: (_, key) => Reflect.has(real(), key),
    ownKeys: () => Reflect.ownKeys(real()),
    getPrototypeOf: () => Reflect.getPrototypeOf(real()),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(real(), key);
      return descriptor && { ...descriptor, configurable: key !== 'prototype' };
    },
    apply: (_, self, args) => Reflect.apply(real(), self, args),
    construct: (_, args, target) => Reflect.construct(real(), args, target),
  });
}

// zod compiles a parser for each object at its first use, which pays after thousands of uses; a command has one.
globalThis.__zod_globalConfig = { jitless: true };
if (keepsRoot) process.on('exit', (code) => code === 0 && scripts.length > 0 && writeCaches());
// The dashboard is an ES module, which only Node's own cache can help.
if (command === 'dashboard') require('node:module').enableCompileCache(`${__dirname}/cache`);
load('./program.js');
