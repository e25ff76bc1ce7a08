// A first file system for a kernel whose disk drivers are modules: a static busybox, the modules, and a script that
// loads them, mounts the disk and makes it the root. The kernel takes it as an uncompressed cpio archive.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a virtual machine's disk on the PCI bus needs, where the kernel has it as modules. */
const DISK_DRIVERS = ['virtio_pci', 'virtio_blk'];

const SCRIPT = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs devtmpfs /dev
while read -r module; do /bin/busybox insmod "/modules/$module"; done < /modules/order
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && break; /bin/busybox sleep 0.2; done
/bin/busybox mount -t ext4 -o noatime /dev/vda /root || exec /bin/busybox poweroff -f
/bin/busybox umount /dev
exec /bin/busybox switch_root /root /sbin/init
`;

/**
 * @param {string} path of the archive to write
 * @param {string} modules /lib/modules/<release>, with the modules.dep that depmod(8) makes
 */
export function writeInitrd(path, modules) {
  const order = loadOrder(readFileSync(join(modules, 'modules.dep'), 'utf8'), DISK_DRIVERS);
  const entries = [
    ...['bin', 'dev', 'modules', 'root'].map((name) => ({ name, mode: 0o040755, content: Buffer.alloc(0) })),
    { name: 'init', mode: 0o100755, content: Buffer.from(SCRIPT) },
    { name: 'bin/busybox', mode: 0o100755, content: readFileSync('/bin/busybox') },
    {
      name: 'modules/order',
      mode: 0o100644,
      content: Buffer.from(`${order.map((at) => basename(at)).join('\n')}\n`),
    },
    ...order.map((at) => ({
      name: `modules/${basename(at)}`,
      mode: 0o100644,
      content: readFileSync(join(modules, at)),
    })),
    { name: 'TRAILER!!!', mode: 0, content: Buffer.alloc(0) },
  ];
  writeFileSync(path, Buffer.concat(entries.map(cpioEntry)));
}

/** Paths in the order in which insmod takes them. modules.dep has `path: what it needs, nearest first`, modules.dep(5). */
export function loadOrder(modulesDep, names) {
  const lines = modulesDep.trim().split('\n');
  const order = names.flatMap((name) => {
    // A driver that is not listed is built in.
    const line = lines.find((candidate) =>
      candidate.slice(0, candidate.indexOf(':')).endsWith(`/${name}.ko`),
    );
    if (line === undefined) return [];
    const [path, needs = ''] = line.split(':');
    return [...needs.trim().split(' ').filter(Boolean).toReversed(), path];
  });
  return [...new Set(order)];
}

const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

/** The "new ASCII" format of the kernel's driver-api/early-userspace/buffer-format. */
function cpioEntry({ name, mode, content }, index) {
  const fields = [index + 1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([padded(Buffer.from(header, 'latin1')), padded(content)]);
}
