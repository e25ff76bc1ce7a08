/* What a process has from who started gantry and a container must not have: whoever may use gantry is not the container. */
#ifndef GANTRY_CALLER_H
#define GANTRY_CALLER_H

#include "error.h"

/* Before anything of the plan is set. Fails where a locked bit would leave a container's own programs more than they gave up. */
int caller_forget(struct error *error);

#endif
