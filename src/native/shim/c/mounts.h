/* The setup ops: from a fresh copy of the host's mount namespace to a rootfs that was pivoted into. */
#ifndef GANTRY_MOUNTS_H
#define GANTRY_MOUNTS_H

#include "error.h"
#include "plan.h"

struct mount_sources {
  int place;  /* O_PATH of plan->rootfs, in this mount namespace; it may not be reachable by its path any more */
  int supply; /* where detached mounts come from (supply.h), else -1 */
};

/* Carries all ops out; returns an O_PATH descriptor of the rootfs, which is a mount point by then. */
int mounts_set_up(struct plan *plan, const struct mount_sources *sources, struct error *error);

/* Makes the rootfs `/` and lets go of the host's mounts. The working directory is `/` afterwards. */
int mounts_pivot(int root, struct error *error);

/* Puts the file behind `fd` on a file in the rootfs that is made where it is missing (the pty on /dev/console). */
int mounts_bind_fd(int root, int fd, const char *target, struct error *error);

/* One op in a container that runs already. `is_new`: its target was made for it. */
int mounts_apply(const struct plan *plan, int root, const struct op *op, bool is_new, struct error *error);

#endif
