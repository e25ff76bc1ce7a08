/* Making init, with what connects it to the monitor: stdio and the status socket, and the supplier where it needs one. */
#ifndef GANTRY_CREATE_H
#define GANTRY_CREATE_H

#include <sys/types.h>

#include "console.h"
#include "error.h"
#include "plan.h"

struct created {
  pid_t init;               /* set as soon as it is there, so that a later failure can end it */
  int status;               /* socket: what init says, and its end of file */
  struct stdio_pipes pipes; /* only the monitor's ends are open */
};

/* What init inherits is little, and what the caller was started with: what only the monitor needs, or changes of itself, comes
 * afterwards. Returns in the monitor only. */
int create_init(struct plan *plan, int pidfd, struct created *created, struct error *error);

#endif
