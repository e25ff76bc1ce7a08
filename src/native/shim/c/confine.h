/* What the process may do: limits, identity, capabilities, seccomp. */
#ifndef GANTRY_CONFINE_H
#define GANTRY_CONFINE_H

#include "error.h"
#include "plan.h"
#include "user.h"

/* Clamps a limit above what this process may set, and says so. */
int confine_limits(const struct process_plan *process, warn_function *warn, struct error *error);

/* From root with all capabilities to the plan's user and capability sets, and the seccomp program, which decides what may
 * follow. */
int confine_privileges(const struct process_plan *process, const struct identity *identity, struct error *error);

#endif
