/* The process that stays: from the container's creation to what has to follow its end. */
#ifndef GANTRY_MONITOR_H
#define GANTRY_MONITOR_H

#include "plan.h"

/* Never returns. `pidfd` is -1 where the plan takes no namespaces from one. */
void monitor_run(struct plan *plan, int pidfd) __attribute__((noreturn));

#endif
