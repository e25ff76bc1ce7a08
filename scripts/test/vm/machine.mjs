// A virtual machine without a network: a kernel, disks whose changes are forgotten, a console that goes to a file, and
// two ports: one for the output of the tests, which is seen as it comes, one for what they counted.
import { execa } from 'execa';

/**
 * @typedef {{
 *   kernel: string, initrd: string, disks: readonly string[], append: readonly string[],
 *   console: string, result: string, limitMs: number
 * }} MachineOptions
 *   console, result: files that are written
 */

/** Runs it until it powers itself off. @param {MachineOptions} options @returns {Promise<boolean>} false where it was ended */
export async function runMachine(options) {
  const child = execa('nice', ['-n', '10', 'qemu-system-x86_64', ...argumentsFor(options)], {
    // The port of the tests is QEMU's own input and output, and it hangs up where the input ends.
    stdio: ['pipe', 'pipe', 'inherit'],
    buffer: false,
    reject: false,
    timeout: options.limitMs,
    // By its process id, and with a signal that nothing in it can hold up. nice(1) became QEMU, it has no child.
    killSignal: 'SIGKILL',
  });
  child.stdout.pipe(process.stdout, { end: false });
  const { failed, timedOut, shortMessage } = await child;
  if (timedOut)
    process.stdout.write(`the virtual machine was ended after ${options.limitMs / 60_000} minutes\n`);
  else if (failed) process.stdout.write(`${shortMessage}\n`);
  return !failed;
}

/** qemu-system(1): a comma ends an option, two are one. */
const quoted = (path) => path.replaceAll(',', ',,');

/** A fifth level of page tables, checks at each access of user memory, copying by bytes; and what loads modules of no use. */
const SLOW_FEATURES = ['la57', 'smap', 'smep', 'umip', 'pku', 'erms', 'svm'];

function argumentsFor({ kernel, initrd, disks, append, console, result }) {
  const drive = (file) => `file=${quoted(file)},format=raw,if=virtio,snapshot=on,cache=unsafe`;
  return [
    // Emulated, whatever the processor could do: the same everywhere, and /dev/kvm may be there and not work.
    ['-accel', 'tcg,thread=multi'],
    ['-machine', 'q35'],
    ['-cpu', `max,${SLOW_FEATURES.map((name) => `-${name}`).join(',')}`],
    ['-smp', '2'],
    ['-m', '2048'],
    ['-nodefaults', '-no-user-config', '-no-reboot'],
    ['-display', 'none'],
    ['-nic', 'none'],
    ['-kernel', kernel],
    ['-initrd', initrd],
    ['-append', ['console=ttyS0', ...append].join(' ')],
    ...disks.map((file) => ['-drive', drive(file)]),
    ['-chardev', `file,id=console,path=${quoted(console)}`, '-serial', 'chardev:console'],
    ['-device', 'virtio-serial-pci'],
    ['-chardev', 'stdio,id=output,signal=off'],
    ['-device', 'virtserialport,chardev=output,name=gantry.output'],
    ['-chardev', `file,id=result,path=${quoted(result)}`],
    ['-device', 'virtserialport,chardev=result,name=gantry.result'],
  ].flat();
}
