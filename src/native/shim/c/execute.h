/* Finding and executing the program, by the container's own PATH. */
#ifndef GANTRY_EXECUTE_H
#define GANTRY_EXECUTE_H

#include "error.h"
#include "plan.h"

/* The environment with HOME where the plan's lacks it; kept for `execute`. */
int execute_prepare_environment(const struct process_plan *process, const char *home, struct error *error);

/* Keeps for `execute` where the program is. The operation of a failure is `lookup` (ENOENT, EACCES, EISDIR). */
int execute_look_up(const struct process_plan *process, struct error *error);

/* Returns only on failure, where the kernel refused the file that was found. */
void execute(const struct process_plan *process, struct error *error);

#endif
