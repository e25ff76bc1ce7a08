// A file of ASCII can be read as Latin-1, which is a copy; UTF-8 has to be decoded, which is a visible part of a command.

/** @returns {string} the code with each other character as an escape, which means the same in strings, regular expressions and names */
export function escaped(code) {
  return code.replaceAll(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** After the minifier, which writes escapes as the characters that they mean. @returns {import('rolldown').Plugin} */
export function onlyAscii() {
  return {
    name: 'only-ascii',
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = escaped(file.code);
    },
  };
}
