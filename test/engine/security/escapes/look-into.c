/* look-into COMM: looks into every process of that name that turns up, in every way that there is, until it is killed. `ready`
 * when it has begun, and a line the first time that something works or fails with another error. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ATTEMPTS = 9 };
static const char *const names[ATTEMPTS] = { "seize", "mem", "root", "cwd", "fd", "exe", "environ", "vm_readv", "getfd" };
static int told[ATTEMPTS];

static const char *wanted;

static int is_wanted(const char *pid) {
  char path[300], comm[32] = "";
  int number = errno;
  snprintf(path, sizeof path, "/proc/%s/comm", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  int is = read(fd, comm, sizeof comm - 1) > 0 && strncmp(comm, wanted, strlen(wanted)) == 0;
  close(fd);
  errno = number;
  return is;
}

static const char *current;

static void tell(int attempt, int failed) {
  int number = failed ? errno : -1;
  /* It has executed meanwhile and is the container's own. */
  if (!failed && !is_wanted(current)) return;
  /* A process that is gone says nothing. */
  if (failed && (errno == ENOENT || errno == ESRCH)) return;
  if (told[attempt] == number || told[attempt] == -1) return;
  told[attempt] = number;
  printf("%s %s\n", names[attempt], failed ? strerrorname_np(errno) : "DONE");
}

static void look(int pid) {
  char path[64], byte;
  struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };
  long seized = ptrace(PTRACE_SEIZE, pid, 0, 0);
  tell(0, seized < 0);
  /* Or its exit would wait for us. */
  if (seized == 0 && ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && waitpid(pid, NULL, __WALL) == pid) ptrace(PTRACE_DETACH, pid, 0, 0);
  static const char *const files[] = { "mem", "root/etc", "cwd", "fd/0", "exe", "environ" };
  for (int i = 0; i < 6; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
    int fd = open(path, (i == 0 ? O_RDWR : i == 5 ? O_RDONLY : O_PATH) | O_CLOEXEC);
    tell(1 + i, fd < 0);
    if (fd >= 0) close(fd);
  }
  tell(7, process_vm_readv(pid, &here, 1, &there, 1, 0) < 0);
  int pidfd = (int)syscall(434, pid, 0);
  int copy = (int)syscall(438, pidfd, 0, 0);
  tell(8, copy < 0);
  if (copy >= 0) close(copy);
  if (pidfd >= 0) close(pidfd);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc < 2) return 2;
  wanted = argv[1];
  puts("ready");
  for (;;) {
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    while ((entry = readdir(processes))) {
      current = entry->d_name;
      if (current[0] >= '0' && current[0] <= '9' && is_wanted(current)) look(atoi(current));
    }
    closedir(processes);
  }
}
