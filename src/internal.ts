// Hidden commands: what gantry starts of itself. Each is a process of its own because it must not share ours: a
// container's cleanup has to outlive whoever started it, and work inside a container's files is confined by a chroot.
import { openEngine } from './engine/engine.ts';
import { engineOptions } from './installation.ts';

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  /** Started by a shim after its container's end: ROOT RUN_ROOT ID. */
  cleanup: async ([root, runRoot, id = '']) => {
    const engine = openEngine({ ...engineOptions(), root, runRoot });
    const { finishContainer } = await import('./engine/containers/finish.ts');
    await finishContainer(await engine.containers(), id);
    await engine.close();
  },
  unpack: async (args) => {
    const { runUnpack } = await import('./engine/storage/unpack/unpack-process.ts');
    process.exitCode = await runUnpack(args);
  },
};

/** @param args what follows `gantry internal` */
export async function runInternal([name = '', ...args]: readonly string[]): Promise<void> {
  const command = COMMANDS[name];
  if (command === undefined) throw new Error(`no such internal command: ${name}`);
  await command(args);
}
