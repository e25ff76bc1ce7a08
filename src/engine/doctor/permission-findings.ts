import type { Finding } from '../api/system-types.ts';
import { missing, ok, warning } from './findings.ts';
import type { Probes } from './probes.ts';

/** Bit numbers of <linux/capability.h>: without these no container can be set up as Docker would. */
const NEEDED = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  FOWNER: 3,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_ADMIN: 12,
  SYS_CHROOT: 18,
  SYS_ADMIN: 21,
  MKNOD: 27,
  SETFCAP: 31,
} as const;

/** What goes without, and what is lost then. */
const USEFUL = {
  NET_BIND_SERVICE: { bit: 10, loss: 'no port below 1024 can be published' },
  NET_RAW: { bit: 13, loss: 'containers cannot ping' },
  SYS_PTRACE: { bit: 19, loss: 'namespaces of processes of other users cannot be joined' },
  SYS_RESOURCE: { bit: 24, loss: 'limits of containers cannot be raised above ours; they are clamped' },
  AUDIT_WRITE: { bit: 29, loss: 'sshd and su in containers may refuse to work' },
} as const;

const hasBit = (set: bigint, bit: number): boolean => ((set >> BigInt(bit)) & 1n) === 1n;

export function permissionFindings(probes: Probes): Finding[] {
  return [rootFinding(probes), rootDirectoryFinding(probes), ...capabilityFindings(probes)];
}

function rootFinding({ uid }: Probes): Finding {
  const subject = { name: 'root', group: 'permission' } as const;
  if (uid === 0) return ok(subject, 'runs as root');
  return missing(subject, `runs as user ${uid}`, 'run gantry as root (sudo gantry)');
}

function rootDirectoryFinding({ isInChroot }: Probes): Finding {
  const subject = { name: 'root directory', group: 'permission' } as const;
  if (!isInChroot) return ok(subject, 'that of the mount namespace');
  return missing(
    subject,
    'a chroot, out of which containers could get: they are refused',
    'start gantry outside of it, or boot that directory as a machine (systemd-nspawn -b -D DIRECTORY)',
  );
}

function capabilityFindings({ effectiveCapabilities }: Probes): Finding[] {
  const set = BigInt(`0x${effectiveCapabilities}`);
  const subject = { name: 'capabilities', group: 'permission' } as const;
  const lacking = Object.entries(NEEDED).filter(([, bit]) => !hasBit(set, bit));
  const lost = Object.entries(USEFUL).filter(([, { bit }]) => !hasBit(set, bit));
  const remedy = 'start gantry outside of the container or service that dropped them';
  const main =
    lacking.length === 0
      ? ok(subject, 'all that are needed')
      : missing(subject, `without ${lacking.map(([name]) => `CAP_${name}`).join(', ')}`, remedy);
  return [
    main,
    ...lost.map(([name, { loss }]) =>
      warning({ ...subject, name: `CAP_${name}` }, `missing: ${loss}`, remedy),
    ),
  ];
}
