// ffi-rs looks for its addon through a table of every platform, and asks process.report whether this is glibc, which
// takes 3 ms of each command. The bundle runs on Linux with glibc (so does the pinned Node), so it names the addon.

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
        const direct = 'nativeBinding = require(`@yuuang/ffi-rs-linux-${arch}-gnu`);\n';
        return { code: code.slice(0, start) + direct + code.slice(end), map: null };
      },
    },
  };
}
