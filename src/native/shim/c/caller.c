#define _GNU_SOURCE
#include "caller.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ASK 0xffffffffu
#define DEADLINE 6 /* SCHED_DEADLINE */
/* linux/ioprio.h, which is newer than the kernels' headers that we are built with; the C library has neither call. */
#define IOPRIO_OF_PROCESS 1
#define IOPRIO_CLASS_SHIFT 13
#define IOPRIO_REAL_TIME 1
#define IOPRIO_BEST_EFFORT 2
#define IOPRIO_LEVELS 7
#define IOPRIO_USUAL 4
/* linux/prctl.h, Linux 6.4 */
#define SET_MEMORY_MERGE 67
#define GET_MEMORY_MERGE 68

/* Programs that give up root by setuid(2) would keep its capabilities. A new user namespace begins without any. */
static int forget_securebits(struct error *error) {
  if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == 0 || prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) == 0) return 0;
  return fail(error, "prctl", errno, "PR_SET_SECUREBITS: those of who starts the container are locked");
}

/* Addresses that do not differ from process to process, readable memory that can be executed: `setarch -R` means its program
 * and not a container's. */
static void forget_personality(void) {
  if (personality(ASK) != PER_LINUX) personality(PER_LINUX);
}

/* The class in the upper bits, the level in the lower ones. */
static bool is_urgent(long ioprio) {
  return ioprio >> IOPRIO_CLASS_SHIFT == IOPRIO_REAL_TIME ||
         (ioprio >> IOPRIO_CLASS_SHIFT == IOPRIO_BEST_EFFORT && (ioprio & IOPRIO_LEVELS) < IOPRIO_USUAL);
}

/* What sets it before others. Restraint is kept: `nice gantry run` means what runs. */
static void forget_precedence(void) {
  struct sched_param none = { .sched_priority = 0 };
  /* By number: musl's functions answer ENOSYS. */
  long policy = syscall(SYS_sched_getscheduler, 0) & ~(long)SCHED_RESET_ON_FORK;
  if (policy == SCHED_FIFO || policy == SCHED_RR || policy == DEADLINE) syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none);
  if (getpriority(PRIO_PROCESS, 0) < 0) setpriority(PRIO_PROCESS, 0, 0);
  if (is_urgent(syscall(SYS_ioprio_get, IOPRIO_OF_PROCESS, 0))) syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, 0);
}

/* Who may have his pages merged with others' can tell by the time of a write what others have. */
static void forget_merging(void) {
  if (prctl(GET_MEMORY_MERGE, 0, 0, 0, 0) == 1) prctl(SET_MEMORY_MERGE, 0, 0, 0, 0);
}

int caller_forget(struct error *error) {
  forget_personality();
  forget_precedence();
  forget_merging();
  return forget_securebits(error);
}
