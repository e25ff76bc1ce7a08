/* Mounts on a container that runs: the whole of a plan of kind mount. */
#ifndef GANTRY_LIVE_H
#define GANTRY_LIVE_H

#include "error.h"
#include "plan.h"

/* Joins the container's mount namespace and carries out the plan's ops there; this process must end afterwards. */
int live_run(struct plan *plan, int pidfd, struct error *error);

#endif
