/* Finding and executing the program, by the container's own PATH. */
#ifndef GANTRY_EXECUTE_H
#define GANTRY_EXECUTE_H

#include "error.h"
#include "plan.h"

/* The environment with HOME where the plan's lacks it; kept for `execute`. */
int execute_prepare_environment(const struct process_plan *process, const char *home, struct error *error);

/* Returns only on failure: operation `lookup` where nothing by that name can be executed (ENOENT, EACCES, EISDIR),
 * `execve` where the kernel refused the file that was found. */
void execute(const struct process_plan *process, struct error *error);

#endif
