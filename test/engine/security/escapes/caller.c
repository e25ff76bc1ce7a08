/* `caller taint PROGRAM …` starts a program with what its user may have and a container must not; `caller tell` tells what it has. */
#define _GNU_SOURCE
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY_MERGE 67

/* Of the process itself, as setuid(2) leaves it. */
static int keeps_capabilities(void) {
  char line[256];
  int kept = 0;
  if (setresuid(1000, 1000, 1000) < 0) return -1;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, "CapEff:", 7) == 0) kept = strspn(line + 7, "\t0\n") < strlen(line + 7);
  return kept;
}

static int tell(void) {
  printf("policy %d nice %d io %ld personality %x ", sched_getscheduler(0), getpriority(PRIO_PROCESS, 0),
         syscall(SYS_ioprio_get, 1, 0), personality(0xffffffff));
  printf("merged %d securebits %x ", prctl(MEMORY_MERGE + 1, 0, 0, 0, 0) == 1, prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
  printf("keeps %d\n", keeps_capabilities());
  return 0;
}

static int taint(char **program) {
  struct sched_param urgent = { .sched_priority = 1 };
  setpriority(PRIO_PROCESS, 0, -7);
  /* Not where the group of the test has no real time to give. */
  sched_setscheduler(0, SCHED_RR, &urgent);
  syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 1);
  personality(ADDR_NO_RANDOMIZE);
  prctl(MEMORY_MERGE, 1, 0, 0, 0);
  if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0) return perror("securebits"), 1;
  execv(program[0], program);
  return perror(program[0]), 1;
}

int main(int count, char **args) {
  return count > 2 && strcmp(args[1], "taint") == 0 ? taint(args + 2) : tell();
}
