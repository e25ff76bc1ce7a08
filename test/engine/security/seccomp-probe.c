// Loads the seccomp program in argv[1], makes the system calls given as argv[2…] (`number:arg0:arg1`), and prints for
// each the errno, 0 for success.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter program[16384];

int main(int argc, char **argv) {
  int fd = open(argv[1], O_RDONLY);
  ssize_t size = read(fd, program, sizeof program);
  struct sock_fprog filter = {.len = (unsigned short)(size / 8), .filter = program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0)) {
    perror("load");
    return 1;
  }
  for (int i = 2; i < argc; i++) {
    unsigned long number = 0, a = 0, b = 0;
    sscanf(argv[i], "%lu:%lu:%lu", &number, &a, &b);
    errno = 0;
    long result = syscall((long)number, a, b, 0L, 0L, 0L, 0L);
    printf("%d\n", result == -1 ? errno : 0);
  }
  return 0;
}
