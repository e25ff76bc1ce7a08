// Pulls in a process of its own, so that a test can kill it: `pull-process.ts ROOT REFERENCE`.
import { openImageEngine } from './image-engine.ts';

const [root = '', reference = ''] = process.argv.slice(2);
using engine = openImageEngine(root);
const { id } = await engine.images.pull(reference, {
  report: (message) => process.stdout.write(`${JSON.stringify(message)}\n`),
});
process.stdout.write(`${id}\n`);
