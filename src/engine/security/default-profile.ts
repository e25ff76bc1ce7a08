// Docker's default seccomp profile: which system calls a container may make, and under which condition.
// The facts are those of moby/profiles seccomp/default.json, v0.2.3 (Docker 29.7), compared name by name in August 2026;
// rules for other architectures are left out. Everything that is not listed fails with EPERM. Arranged by subject.
import type { ProfileArgument, ProfileRule, SeccompProfile } from './seccomp-profile.ts';

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Extended attributes. */
const ATTRIBUTES = words(`
  fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat
  llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat
`);

/** Clocks, timers and sleeping. */
const TIME = words(`
  adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
  clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time
  timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
  timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times
`);

/** Signals. */
const SIGNALS = words(`
  kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
  rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack
  sigprocmask sigreturn tgkill tkill
`);

/** Sockets; `socket` itself depends on its family. */
const NETWORK = words(`
  accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
  recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
`);

/** System V and POSIX message passing, semaphores, shared memory. */
const QUEUES = words(`
  ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
  mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop
  semtimedop_time64 shmat shmctl shmdt shmget
`);

/** Memory. */
const MEMORY = words(`
  brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap
  mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect
  process_mrelease remap_file_pages
`);

/** Users, groups, capabilities. */
const CREDENTIALS = words(`
  capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid
  getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid
  setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid
  setreuid32 setuid setuid32 umask
`);

/** Scheduling, priorities, limits, accounting. */
const SCHEDULING = words(`
  getcpu getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max
  sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
  sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
  sched_setscheduler sched_yield setpriority setrlimit ugetrlimit
`);

/** Waiting for many descriptors, futexes, events. */
const WAITING = words(`
  _newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
  epoll_wait_old eventfd eventfd2 fanotify_mark futex futex_requeue futex_time64 futex_wait futex_waitv
  futex_wake get_robust_list inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel
  io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit poll ppoll ppoll_time64
  pselect6 pselect6_time64 rseq select set_robust_list signalfd signalfd4
`);

/** Reading, writing, copying. */
const DATA = words(`
  _llseek copy_file_range fadvise64 fadvise64_64 fallocate fdatasync fsync ftruncate ftruncate64 lseek
  pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv sendfile
  sendfile64 splice sync sync_file_range syncfs tee truncate truncate64 vmsplice write writev
`);

/** Processes, sessions, confinement of oneself. */
const PROCESSES = words(`
  execve execveat exit exit_group fork get_thread_area getpgid getpgrp getpid getppid getsid gettid
  landlock_add_rule landlock_create_ruleset landlock_restrict_self pidfd_open prctl riscv_hwprobe seccomp
  set_thread_area set_tid_address setpgid setsid uretprobe vfork wait4 waitid waitpid
`);

/** The system and randomness. */
const SYSTEM = words(`
  getrandom sysinfo uname
`);

/** Files, directories and descriptors. */
const FILES = words(`
  access cachestat chdir chmod chown chown32 close close_range creat dup dup2 dup3 faccessat faccessat2
  fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 flock fstat fstat64 fstatat64
  fstatfs fstatfs64 futimesat getcwd getdents getdents64 ioctl lchown lchown32 link linkat listmount
  lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2
  rename renameat renameat2 rmdir stat stat64 statfs statfs64 statmount statx symlink symlinkat unlink
  unlinkat utime utimensat utimensat_time64 utimes
`);

/** Families of socket(2) from <linux/socket.h> that reach outside of every namespace. */
const AF_ALG = 38n;
const AF_VSOCK = 40n;
const ENOSYS = 38;
/** CLONE_NEW* of mnt, cgroup, uts, ipc, user, pid and net. */
const NEW_NAMESPACES = 0x7e02_0000n;
/** personality(2): PER_LINUX, PER_LINUX32, the two with UNAME26, and 0xffffffff that only asks. */
const PERSONALITIES = [0n, 0x0008n, 0x2_0000n, 0x2_0008n, 0xffff_ffffn];

const first = (op: ProfileArgument['op'], value: bigint): ProfileArgument => ({ index: 0, op, value });

function allow(names: readonly string[], conditions: Partial<ProfileRule> = {}): ProfileRule {
  return { names, action: 'SCMP_ACT_ALLOW', ...conditions };
}

const withCapability = (capability: string, names: string): ProfileRule =>
  allow(words(names), { includes: { caps: [capability] } });

const onArchitectures = (arches: readonly string[], names: string): ProfileRule =>
  allow(words(names), { includes: { arches } });

const NOT_ADMIN = { caps: ['CAP_SYS_ADMIN'] };

export const DEFAULT_PROFILE: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 1,
  archMap: [
    { architecture: 'x86_64', subArchitectures: ['x86', 'x32'] },
    { architecture: 'aarch64', subArchitectures: ['arm'] },
  ],
  syscalls: [
    allow([
      ...ATTRIBUTES,
      ...TIME,
      ...SIGNALS,
      ...NETWORK,
      ...QUEUES,
      ...MEMORY,
      ...CREDENTIALS,
      ...SCHEDULING,
      ...WAITING,
      ...DATA,
      ...PROCESSES,
      ...SYSTEM,
      ...FILES,
    ]),

    // Before 4.8 a tracer could change a call after the filter had looked at it.
    allow(['process_vm_readv', 'process_vm_writev', 'ptrace'], { includes: { minKernel: '4.8' } }),

    allow(['socket'], { args: [first('SCMP_CMP_LT', AF_ALG)] }),
    allow(['socket'], { args: [first('SCMP_CMP_EQ', AF_ALG + 1n)] }),
    allow(['socket'], { args: [first('SCMP_CMP_GT', AF_VSOCK)] }),
    ...PERSONALITIES.map((value) => allow(['personality'], { args: [first('SCMP_CMP_EQ', value)] })),

    onArchitectures(['amd64', 'x32'], 'arch_prctl'),
    onArchitectures(['amd64', 'x32', 'x86'], 'modify_ldt'),
    onArchitectures(
      ['arm', 'arm64'],
      'arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls',
    ),

    // A clone that makes no namespace is fork. Flags of clone3 lie in memory where no filter can look: ENOSYS makes
    // the C library fall back to clone.
    allow(['clone'], {
      args: [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: NEW_NAMESPACES, valueTwo: 0n }],
      excludes: NOT_ADMIN,
    }),
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, excludes: NOT_ADMIN },

    withCapability(
      'CAP_SYS_ADMIN',
      `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
       lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl
       quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`,
    ),
    withCapability('CAP_DAC_READ_SEARCH', 'open_by_handle_at'),
    withCapability('CAP_SYS_BOOT', 'reboot'),
    withCapability('CAP_SYS_CHROOT', 'chroot'),
    withCapability('CAP_SYS_MODULE', 'delete_module init_module finit_module'),
    withCapability('CAP_SYS_PACCT', 'acct'),
    withCapability(
      'CAP_SYS_PTRACE',
      'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace',
    ),
    withCapability('CAP_SYS_RAWIO', 'iopl ioperm'),
    withCapability('CAP_SYS_TIME', 'settimeofday stime clock_settime clock_settime64'),
    withCapability('CAP_SYS_TTY_CONFIG', 'vhangup'),
    withCapability('CAP_SYS_NICE', 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node'),
    withCapability('CAP_SYSLOG', 'syslog'),
    withCapability('CAP_BPF', 'bpf'),
    withCapability('CAP_PERFMON', 'perf_event_open'),
  ],
};
