// What a container does to its limits and busybox cannot: real-time scheduling, the processor it runs on, huge pages.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Burns time as a real-time task until it is killed. */
static int burn_realtime(void) {
  struct sched_param param = { .sched_priority = 10 };
  if (sched_setscheduler(0, SCHED_FIFO, &param) != 0) {
    printf("refused %s\n", strerror(errno));
    return 1;
  }
  printf("real-time\n");
  fflush(stdout);
  for (;;) __asm__ volatile("");
}

/* Asks a thousand times, with work between, so that the scheduler has reasons to move us. */
static int show_processors(void) {
  cpu_set_t seen;
  CPU_ZERO(&seen);
  for (int round = 0; round < 1000; round++) {
    CPU_SET(sched_getcpu(), &seen);
    for (volatile int work = 0; work < 10000; work++) continue;
    sched_yield();
  }
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &seen)) printf("%d\n", cpu);
  return 0;
}

/* Takes huge pages one by one until the limit, and says how many bytes it got. */
static int take_hugepages(size_t page, size_t most) {
  size_t got = 0;
  while (got < most) {
    char *bytes =
        mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (bytes == MAP_FAILED) break;
    bytes[0] = 1;
    got += page;
  }
  printf("%zu %s\n", got, strerror(errno));
  return 0;
}

/* Touches huge pages that were never reserved, one by one, and says after each how many bytes it has. What is beyond the
   limit is answered with SIGBUS, which ends us. */
static int touch_hugepages(size_t page, size_t most) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE;
  char *bytes = mmap(NULL, most, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (bytes == MAP_FAILED) {
    printf("refused %s\n", strerror(errno));
    return 1;
  }
  for (size_t got = 0; got < most; got += page) {
    bytes[got] = 1;
    printf("%zu\n", got + page);
    fflush(stdout);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "realtime") == 0) return burn_realtime();
  if (argc == 2 && strcmp(argv[1], "processors") == 0) return show_processors();
  if (argc == 4 && strcmp(argv[1], "hugepages") == 0)
    return take_hugepages(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
  if (argc == 4 && strcmp(argv[1], "touch-hugepages") == 0)
    return touch_hugepages(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
  fprintf(stderr, "usage: load-probe realtime | processors | hugepages PAGE MOST | touch-hugepages PAGE MOST\n");
  return 2;
}
