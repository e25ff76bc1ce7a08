/* After the exit was recorded: someone has to clean up, and clients get the rest of their output. */
#ifndef GANTRY_ENDING_H
#define GANTRY_ENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"

struct ending {
  char **args; /* of the cleanup command; NULL without */
  char **env;
  int oom_score; /* what the cleanup command gets */
  bool cleanup_due;
  int64_t deadline_ms;
};

/* Copies the command, since the plan does not stay. */
void ending_prepare(struct ending *ending, const struct plan *plan);

/* `cleanup`: whether the command is to run when no supervisor cleans up. */
void ending_begin(struct ending *ending, bool cleanup);

/* Does what is due; true when nothing keeps the monitor any longer. */
bool ending_done(struct ending *ending);

int ending_timeout(const struct ending *ending);

#endif
