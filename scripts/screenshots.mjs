// `npm run screenshots`: pictures of the real dashboard on real containers, made in a test host through a terminal
// emulator (bytes → @xterm/headless → SVG → PNG), into screenshots/. The font is DejaVu Sans Mono, from Debian's
// fonts-dejavu-core, which is installed where it is missing; lines and graphs are drawn without a font.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installModules, isModernNode, runPinned } from './setup/modules.mjs';
import { TO_BUILD, TO_RUN, installPackages } from './setup/packages.mjs';
import { checkoutRoot, pinnedNode } from './setup/paths.mjs';

const LIMIT_MS = 5 * 60_000;
const FONT = '/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf';

async function main() {
  const font = { package: 'fonts-dejavu-core', isThere: () => existsSync(FONT) };
  await installPackages([...TO_RUN, ...TO_BUILD, font]);
  const { build } = await import('./build.mjs');
  await build();
  const { runInTestHost } = await import('./test-host.mjs');
  return await runInTestHost([pinnedNode(), join(checkoutRoot, 'scripts/screenshots/inside.mjs')], {
    limitMs: LIMIT_MS,
  });
}

try {
  installModules();
  process.exitCode = isModernNode() ? await main() : runPinned('scripts/screenshots.mjs', []);
} catch (error) {
  process.stderr.write(`npm run screenshots: ${error.shortMessage ?? error.message}\n`);
  process.exitCode = 1;
}
