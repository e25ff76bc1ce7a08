/* /proc/<pid>/oom_score_adj: whom the kernel ends first when memory is short. Lowering it takes CAP_SYS_RESOURCE. */
#ifndef GANTRY_OOM_H
#define GANTRY_OOM_H

#include <sys/types.h>

#include "error.h"
#include "plan.h"

/* Of this process; 0 where it can't be read. */
int oom_score(void);

/* `pid` 0 is this process. Returns -1 with errno. */
int oom_set_score(pid_t pid, int score);

/* The plan's, where it names one. Not fatal: a host that forbids it runs the container with what it has. */
void oom_set_planned_score(const struct process_plan *process, pid_t pid, warn_function *warn);

#endif
