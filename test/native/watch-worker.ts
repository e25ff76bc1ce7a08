// Says what it sees of a directory: `node watch-worker.ts DIRECTORY`.
import { watchDirectory } from '../../src/native/watch-directory.ts';

watchDirectory(process.argv[2] ?? '', (name) => process.stdout.write(`${name}\n`));
process.stdout.write('watching\n');
