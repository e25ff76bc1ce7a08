/* The container's user namespace: what the monitor does for init, which has none of the host's privileges, and how init
 * becomes its root. */
#ifndef GANTRY_USERNS_H
#define GANTRY_USERNS_H

#include <sys/types.h>

#include "error.h"
#include "plan.h"

/* The monitor: these pipes belong to the container's root from now on, who hands them on to the user. */
int userns_give_pipes(const struct plan *plan, const int fds[3], struct error *error);

/* The monitor, while init waits: maps of a new namespace, and limits that only the host's root may raise. Returns a
 * descriptor of the namespace. `warn` hears of what was not to be had. */
int userns_grant(const struct plan *plan, pid_t init, warn_function *warn, struct error *error);

/* Init or an exec, in the namespace and when its maps are written. */
int userns_become_root(struct error *error);

#endif
