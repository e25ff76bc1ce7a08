// Ink's layout library carries its WebAssembly as base64 and reads it with fetch(), which makes Node load its whole HTTP
// client: 140 ms of the dashboard's start. Its loader decodes the text itself where there is no fetch.

const ASKS_FOR_FETCH = '"function"!=typeof fetch';

/** @returns {import('rolldown').Plugin} */
export function wasmWithoutFetch() {
  return {
    name: 'wasm-without-fetch',
    transform: {
      filter: { id: /\/yoga-layout\/dist\/binaries\/yoga-wasm-base64-esm\.js$/ },
      handler(code) {
        if (!code.includes(ASKS_FOR_FETCH)) {
          throw new Error('wasm-without-fetch: the loader of yoga-layout has another shape now');
        }
        return { code: code.replaceAll(ASKS_FOR_FETCH, 'true'), map: null };
      },
    },
  };
}
