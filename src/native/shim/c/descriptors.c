#include "descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel.h"

/* Nothing of ours comes near these; a loop to the limit of some machines (2^30) would take seconds. */
#define LEAST 4096u
#define MOST 65536u

static unsigned end_of_loop(unsigned last) {
  struct rlimit limit;
  unsigned end = LEAST;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > end) end = limit.rlim_cur < MOST ? (unsigned)limit.rlim_cur : MOST;
  return last < end ? last + 1 : end;
}

void close_descriptors(unsigned first, unsigned last) {
  if (first > last || kernel_close_range(first, last, 0) == 0) return;
  unsigned end = end_of_loop(last);
  for (unsigned fd = first; fd < end; fd++) close((int)fd);
}

void mark_close_on_exec(unsigned first, unsigned last) {
  if (first > last || kernel_close_range(first, last, RANGE_CLOEXEC) == 0) return;
  unsigned end = end_of_loop(last);
  for (unsigned fd = first; fd < end; fd++) fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}
