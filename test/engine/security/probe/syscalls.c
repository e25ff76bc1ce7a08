/* Every system call, with arguments that cannot do anything, each in a process of its own: what comes back tells a call that
 * the kernel looked at (EFAULT, EBADF, EINVAL …) from one that the filter refused (EPERM, ENOSYS). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"
#include "syscall-numbers.h"

#define X32 0x40000000L
#define PATIENCE_MS 150

const char *error_name(int number) {
  static char text[16];
  const char *name = number == 0 ? "ok" : strerrorname_np(number);
  snprintf(text, sizeof text, "%s", name ? name : "unknown");
  return text;
}

struct call {
  long number;
  const char *name;
  long arguments[6];
  long (*make)(const struct call *);
};

static long native(const struct call *call) {
  const long *a = call->arguments;
  return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#ifdef __x86_64__
/* The 32 bit entry. */
static long compatible(const struct call *call) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(call->number), "b"(call->arguments[0]), "c"(call->arguments[1]), "d"(call->arguments[2]) : "memory", "r8", "r9", "r10", "r11");
  if (result >= 0) return result;
  errno = (int)-result;
  return -1;
}
#endif

/* In the child. What fork makes writes as well, and the parent reads the first. */
static void attempt(const struct call *call, int out) {
  struct itimerval after = { .it_value = { .tv_usec = PATIENCE_MS * 1000 } };
  setitimer(ITIMER_REAL, &after, NULL);
  errno = 0;
  int number = call->make(call) == -1 ? errno : 0;
  write(out, &number, sizeof number);
  _exit(0);
}

static void try(const struct call *call) {
  int ends[2], number, status;
  char text[32];
  if (pipe2(ends, O_CLOEXEC) < 0) return;
  pid_t pid = fork();
  if (pid == 0) attempt(call, ends[1]);
  close(ends[1]);
  bool answered = read(ends[0], &number, sizeof number) == sizeof number;
  close(ends[0]);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (answered)
    snprintf(text, sizeof text, "%s", error_name(number));
  else if (WIFEXITED(status))
    snprintf(text, sizeof text, "ends");
  else
    snprintf(text, sizeof text, "%s", WTERMSIG(status) == SIGALRM ? "waits" : sigabbrev_np(WTERMSIG(status)));
  fact(text, "syscall.%s", call->name);
}

/* Those for which -1 everywhere would be a wish. */
static const struct call special[] = {
  { SYS_kill, "", { 0x3fffffff, 0 }, NULL },
  { SYS_tgkill, "", { 0x3fffffff, 0x3fffffff, 0 }, NULL },
  { SYS_tkill, "", { 0x3fffffff, 0 }, NULL },
  { SYS_msgget, "", { 0x7f7f7f7f, 0 }, NULL },
  { SYS_semget, "", { 0x7f7f7f7f, 0, 0 }, NULL },
  { SYS_shmget, "", { 0x7f7f7f7f, 0, 0 }, NULL },
  { SYS_reboot, "", { 0, 0, 0, 0 }, NULL },
  { SYS_clone, "", { SIGCHLD, 0, 0, 0, 0 }, NULL },
  { SYS_setpriority, "", { 77, 0, 0 }, NULL },
  { SYS_ioprio_set, "", { 77, 0, 0 }, NULL },
  { SYS_ptrace, "", { 0x3fffffff, 0x3fffffff, 0, 0 }, NULL },
  { SYS_close_range, "", { 5, 1, 0 }, NULL },
  /* acct(NULL) would end accounting, swapoff and umount2 take a path: a bad address stays one. */
};

static void try_native(long number, const char *name) {
  struct call call = { number, name, { -1, -1, -1, -1, -1, -1 }, native };
  for (size_t i = 0; i < sizeof special / sizeof *special; i++)
    if (special[i].number == number) memcpy(call.arguments, special[i].arguments, sizeof call.arguments);
  try(&call);
}

/* Calls that depend on their arguments, and the two other entries of the kernel. */
static const struct call variants[] = {
  { SYS_clone, "clone(NEWUSER)", { 0x10000000 | SIGCHLD }, native },
  { SYS_clone, "clone(NEWNS)", { 0x00020000 | SIGCHLD }, native },
  { SYS_unshare, "unshare(NEWUSER)", { 0x10000000 }, native },
  { SYS_unshare, "unshare(NEWNS)", { 0x00020000 }, native },
  { SYS_unshare, "unshare(NEWNET)", { 0x40000000 }, native },
  { SYS_personality, "personality(LINUX)", { 0 }, native },
  { SYS_personality, "personality(LINUX32)", { 8 }, native },
  { SYS_personality, "personality(ADDR_NO_RANDOMIZE)", { 0x0040000 }, native },
  { SYS_personality, "personality(UNAME26)", { 0x0020000 }, native },
  { SYS_socket, "socket(UNIX)", { 1, 1, 0 }, native },
  { SYS_socket, "socket(INET)", { 2, 1, 0 }, native },
  { SYS_socket, "socket(INET raw)", { 2, 3, 1 }, native },
  { SYS_socket, "socket(PACKET)", { 17, 3, 0 }, native },
  { SYS_socket, "socket(NETLINK)", { 16, 3, 0 }, native },
  { SYS_socket, "socket(ALG)", { 38, 5, 0 }, native },
  { SYS_socket, "socket(VSOCK)", { 40, 1, 0 }, native },
  { SYS_socket, "socket(NFC)", { 39, 1, 0 }, native },
  { SYS_ioctl, "ioctl(TIOCSTI)", { 0, 0x5412, (long)"" }, native },
  { SYS_ioctl, "ioctl(TIOCLINUX)", { 0, 0x541c, (long)"\2" }, native },
  { SYS_ioctl, "ioctl(TIOCSCTTY)", { 0, 0x540e, 0 }, native },
  { SYS_keyctl, "keyctl(GET_KEYRING_ID)", { 0, -3, 0 }, native },
  { SYS_add_key, "add_key(user)", { (long)"user", (long)"probe", (long)"x", 1, -2 }, native },
  { SYS_io_uring_setup, "io_uring_setup(0)", { 0, 0 }, native },
  { SYS_userfaultfd, "userfaultfd(0)", { 0 }, native },
  { SYS_bpf, "bpf(MAP_CREATE)", { 0, 0, 0 }, native },
  { SYS_prctl, "prctl(SET_MM)", { 35, 1, 0, 0, 0 }, native },
  { SYS_seccomp, "seccomp(GET_ACTION_AVAIL)", { 2, 0, (long)"\0\0\0\0" }, native },
  { SYS_setns, "setns(-1 0)", { -1, 0 }, native },
  { SYS_syslog, "syslog(SIZE_BUFFER)", { 10, 0, 0 }, native },
  { SYS_mount, "mount(0)", { 0, 0, 0, 0, 0 }, native },
  { SYS_mknod, "mknod(bad)", { -1, 0060600, 0x700 }, native },
#ifdef __x86_64__
  { 21, "i386 mount", { -1, -1, -1 }, compatible },
  { 20, "i386 getpid", { 0 }, compatible },
  { 26, "i386 ptrace", { 0x3fffffff, 0x3fffffff, 0 }, compatible },
  { 88, "i386 reboot", { 0, 0, 0 }, compatible },
  { 102, "i386 socketcall", { -1, 0 }, compatible },
  { 288, "i386 keyctl", { 0, -3, 0 }, compatible },
  { 310, "i386 unshare", { 0x10000000 }, compatible },
  { 346, "i386 setns", { -1, 0 }, compatible },
  { 425, "i386 io_uring_setup", { 0, 0 }, compatible },
  { X32 | 39, "x32 getpid", { 0 }, native },
  { X32 | 165, "x32 mount", { -1 }, native },
  { X32 | 250, "x32 keyctl", { 0, -3 }, native },
#endif
  { 600, "number 600", { 0 }, native },
  { -1, "number -1", { 0 }, native },
};

void probe_syscalls(void) {
  fflush(stdout);
#define TRY(number, name) try_native(number, #name);
  ALL_SYSCALLS(TRY)
  for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) try(&variants[i]);
}
