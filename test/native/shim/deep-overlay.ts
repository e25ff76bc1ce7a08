// A rootfs of 120 layers with long paths: more than one page of mount options holds.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPlan, SetupOp } from '../../../src/native/shim/protocol.ts';
import { mount, umount } from '../../../src/native/syscalls.ts';
import { DOCKER_SETUP, containerPlan, makeBench } from './support.ts';

const LAYERS = 120;
const MNT_DETACH = 2;

export interface DeepOverlay extends Disposable {
  /** Prints how many layers it sees and which of them is on top, and makes the file `made`. */
  readonly plan: LaunchPlan;
  readonly expected: string;
  /** `made`, in the upper directory. */
  readonly made: string;
}

/** @param deep below each layer's directory; makes its path longer */
export function deepOverlay(...deep: readonly string[]): DeepOverlay {
  using undo = new DisposableStack();
  const stage = undo.use(makeBench());
  const tmpfs = join(stage.directory, 'layers');
  mkdirSync(tmpfs);
  mount({ source: 'tmpfs', target: tmpfs, type: 'tmpfs', flags: 0, data: '' });
  undo.defer(() => umount(tmpfs, MNT_DETACH));
  const lowerdirs = Array.from({ length: LAYERS }, (_, index) => {
    const path = join(tmpfs, `layer:${index},\\=`, ...deep);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `from-${index}`), '');
    writeFileSync(join(path, 'same'), `${index}\n`);
    return path;
  });
  for (const name of ['upper', 'work', 'merged']) mkdirSync(join(tmpfs, name));
  const overlay: SetupOp = {
    op: 'overlay',
    lowerdirs: [...lowerdirs, stage.rootfs],
    upperdir: join(tmpfs, 'upper'),
    workdir: join(tmpfs, 'work'),
    target: '',
    options: ['xino=off'],
  };
  const plan = containerPlan(stage, {
    args: ['sh', '-c', 'ls / | grep -c from-; cat /same; echo new > /made'],
    setup: [overlay, ...DOCKER_SETUP],
    plan: { rootfs: join(tmpfs, 'merged') },
  });
  const held = undo.move();
  return {
    plan,
    expected: `${LAYERS}\n0\n`,
    made: join(tmpfs, 'upper/made'),
    [Symbol.dispose]: () => held.dispose(),
  };
}
