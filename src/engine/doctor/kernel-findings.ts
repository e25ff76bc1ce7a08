import type { NewSyscall } from '../../native/kernel-features.ts';
import { isAtLeast } from '../../native/kernel-release.ts';
import type { Finding } from '../api/system-types.ts';
import { cgroupFindings } from './cgroup-findings.ts';
import { NEWER_KERNEL, missing, ok, warning } from './findings.ts';
import type { Probes } from './probes.ts';

export function kernelFindings(probes: Probes): Finding[] {
  return [
    releaseFinding(probes),
    ...namespaceFindings(probes),
    ...syscallFindings(probes),
    overlayFinding(probes),
    ...smallFileSystems(probes),
    seccompFinding(probes),
    pressureFinding(probes),
    ...cgroupFindings(probes),
  ];
}

function releaseFinding({ release, architecture }: Probes): Finding {
  const subject = { name: 'kernel', group: 'kernel' } as const;
  const detail = `Linux ${release} on ${architecture}`;
  if (!isAtLeast(release, '5.3')) return missing(subject, detail, NEWER_KERNEL);
  return isAtLeast(release, '5.12') ? ok(subject, detail) : warning(subject, detail, NEWER_KERNEL);
}

/** Name below /proc/self/ns, and whether containers need it. */
const NAMESPACES = {
  mnt: true,
  pid: true,
  net: true,
  ipc: true,
  uts: true,
  cgroup: true,
  user: false,
  time: false,
};

function namespaceFindings({ namespaces, maxUserNamespaces }: Probes): Finding[] {
  const kinds = Object.entries(NAMESPACES);
  const present = kinds.map(([name]) => name).filter((name) => namespaces.includes(name));
  const absent = kinds.filter(([name]) => !namespaces.includes(name));
  const findings = absent.map(([name, isNeeded]): Finding => {
    const subject = { name: `${name} namespace`, group: 'kernel' } as const;
    const remedy = `use a kernel with CONFIG_${name === 'mnt' ? 'NAMESPACES' : `${name.toUpperCase()}_NS`}`;
    return isNeeded ? missing(subject, 'not there', remedy) : warning(subject, 'not there', remedy);
  });
  if (present.length > 0) findings.unshift(ok({ name: 'namespaces', group: 'kernel' }, present.join(', ')));
  if (maxUserNamespaces !== '0') return findings;
  const subject = { name: 'user namespaces', group: 'kernel' } as const;
  return [...findings, warning(subject, 'switched off', 'sysctl -w user.max_user_namespaces=15000')];
}

/** What the engine does where a call is missing; undefined where nothing can stand in for it. */
const WITHOUT: Readonly<Record<NewSyscall, string | undefined>> = {
  clone3: undefined,
  pidfd_open: undefined,
  pidfd_send_signal: undefined,
  openat2: undefined,
  close_range: 'descriptors are closed one by one',
  open_tree: 'mounts are made with mount(2)',
  move_mount: 'mounts are made with mount(2)',
  fsopen: 'mounts are made with mount(2)',
  fsconfig: 'mounts are made with mount(2)',
  fsmount: 'mounts are made with mount(2)',
  mount_setattr: 'read-only binds are not recursive',
};

function syscallFindings({ missingSyscalls }: Probes): Finding[] {
  const subject = { name: 'system calls', group: 'kernel' } as const;
  if (missingSyscalls.length === 0) return [ok(subject, 'clone3, pidfd, openat2, the mount API: all there')];
  return missingSyscalls.map((name) => {
    const without = WITHOUT[name];
    const one = { ...subject, name };
    if (without === undefined) return missing(one, 'the kernel or a seccomp filter refuses it', NEWER_KERNEL);
    return warning(one, `not there: ${without}`, NEWER_KERNEL);
  });
}

const hasFileSystem = ({ fileSystems }: Probes, name: string): boolean =>
  fileSystems.split('\n').some((line) => line.split('\t').at(-1) === name);
const canLoad = ({ loadableModules }: Probes, module: string): boolean =>
  new RegExp(`/${module}\\.ko\\b`).test(loadableModules);

function overlayFinding(probes: Probes): Finding {
  const subject = { name: 'overlay', group: 'kernel' } as const;
  if (!hasFileSystem(probes, 'overlay')) {
    if (canLoad(probes, 'overlay')) return ok(subject, 'a module that loads when it is needed');
    return warning(
      subject,
      'not there: layers are copied (vfs), which is slow and large',
      'modprobe overlay',
    );
  }
  if (isAtLeast(probes.release, '6.8')) return ok(subject, 'there, with lowerdir+');
  return ok(subject, 'there; before Linux 6.8 the layers of an image are one option of a page at most');
}

const SMALL_FILE_SYSTEMS = { proc: true, sysfs: true, tmpfs: true, devpts: true, mqueue: false };

function smallFileSystems(probes: Probes): Finding[] {
  return Object.entries(SMALL_FILE_SYSTEMS)
    .filter(([name]) => !hasFileSystem(probes, name))
    .map(([name, isNeeded]) => {
      const subject = { name, group: 'kernel' } as const;
      const remedy = `use a kernel with the file system ${name}`;
      return isNeeded ? missing(subject, 'not there', remedy) : warning(subject, 'not there', remedy);
    });
}

function seccompFinding({ seccompActions }: Probes): Finding {
  const subject = { name: 'seccomp', group: 'kernel' } as const;
  if (seccompActions === undefined)
    return warning(
      subject,
      'no filters: containers reach every system call',
      'use a kernel with CONFIG_SECCOMP_FILTER',
    );
  return ok(subject, `filters with ${seccompActions.split(' ').length} actions`);
}

function pressureFinding({ hasPressure }: Probes): Finding {
  const subject = { name: 'pressure stall information', group: 'kernel' } as const;
  if (hasPressure) return ok(subject, 'there');
  return warning(subject, 'not there: stats show no pressure', 'boot with psi=1');
}
