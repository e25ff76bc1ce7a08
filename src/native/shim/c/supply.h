/* The supplier: a short-lived process beside the monitor that makes, with the host's privileges and in a mount namespace
 * of its own, the mounts that init can't make itself, and hands them over detached and in the order of the plan.
 *
 * It is there for containers with a user namespace (nothing below the engine's directories is open to them, and only
 * the host's root may idmap a mount or make a device node) and for binds with an idmap. */
#ifndef GANTRY_SUPPLY_H
#define GANTRY_SUPPLY_H

#include <stdbool.h>

#include "error.h"
#include "plan.h"

bool supply_needed(const struct plan *plan);

/* Whether init gets this op's mount from the supplier, given that there is one. */
bool supply_has(const struct plan *plan, const struct op *op);

/* The supplier's life; never returns. `userns` is init's namespace (-1 without), a failure goes to `status`. */
void supply_run(struct plan *plan, int userns, int socket, int status) __attribute__((noreturn));

/* For a container that runs: the owners of all binds, whose trees are open. `root` is its rootfs, for the names in it. */
int supply_map_binds(struct plan *plan, int root, struct error *error);

/* In init: the detached mount of the next op that has one. */
int supply_take(int socket, const struct op *op, struct error *error);

#endif
