// ffi-rs looks for its addon through a table of every platform, and asks process.report whether this is glibc, which
// takes 3 ms of each command. The bundle runs on Linux with glibc (so does the pinned Node), so the addon for that lies
// beside it: opening a file that is known takes 1.6 ms less than looking it up in node_modules.
import { createRequire } from 'node:module';

const NAME = 'ffi-rs.node';

/** The addon that npm installed for this machine, and what it is called beside the bundle. */
export function addonFile() {
  const addon = `@yuuang/ffi-rs-linux-${process.arch}-gnu`;
  const fromFfi = createRequire(createRequire(import.meta.url).resolve('ffi-rs'));
  return { path: fromFfi.resolve(addon), name: NAME };
}

/** @returns {import('rolldown').Plugin} */
export function directAddon() {
  return {
    name: 'direct-addon',
    transform: {
      filter: { id: /\/node_modules\/ffi-rs\/index\.js$/ },
      handler(code) {
        const start = code.indexOf('switch (platform)');
        const end = code.indexOf('if (!nativeBinding)');
        if (start === -1 || end === -1) throw new Error('direct-addon: the loader of ffi-rs has another shape now');
        const direct = `const addon = { exports: {} }; process.dlopen(addon, __dirname + '/${NAME}'); nativeBinding = addon.exports;\n`;
        return { code: code.slice(0, start) + direct + code.slice(end), map: null };
      },
    },
  };
}
