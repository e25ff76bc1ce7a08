// Hidden commands: what gantry starts of itself. Each is a process of its own because it must not share ours: a
// container's cleanup has to outlive whoever started it, and work inside a container's files is confined by a chroot.
import { engineOptions } from './installation.ts';

/** Each answers its exit code. */
const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  /** Started by a shim after its container's end: ROOT RUN_ROOT ID. */
  cleanup: async ([root, runRoot, id = '']) => {
    const { openEngine } = await import('./engine/engine.ts');
    const { finishContainer } = await import('./engine/containers/finish.ts');
    const engine = openEngine({ ...engineOptions(), root, runRoot });
    await finishContainer(await engine.containers(), id);
    await engine.close();
    return 0;
  },
  /** Run by systemd when the unit of a slice's containers is stopped: ROOT RUN_ROOT SLICE ('' for the engine's own). */
  'stop-slice': async ([root, runRoot, slice = '']) => {
    const { openEngine } = await import('./engine/engine.ts');
    const { stopSlice } = await import('./engine/containers/stop-slice.ts');
    const engine = openEngine({ ...engineOptions(), root, runRoot });
    await stopSlice(await engine.containers(), slice);
    await engine.close();
    return 0;
  },
  /** One layer into a directory; see storage/unpack/launch-unpack.ts. */
  unpack: async (args) => await (await import('./engine/storage/unpack/unpack-process.ts')).runUnpack(args),
  /** Files in and out of one container's tree; see containers/archive/archive-helper.ts. */
  archive: async (args) => (await import('./engine/containers/archive/archive-process.ts')).runArchive(args),
};

/** @param args what follows `gantry internal` */
export async function runInternal([name = '', ...args]: readonly string[]): Promise<number> {
  const command = COMMANDS[name];
  if (command === undefined) throw new Error(`no such internal command: ${name}`);
  return await command(args);
}
