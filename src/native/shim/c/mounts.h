/* The setup ops: from a fresh copy of the host's mount namespace to a rootfs that was pivoted into. */
#ifndef GANTRY_MOUNTS_H
#define GANTRY_MOUNTS_H

#include "error.h"
#include "plan.h"

/* Carries all ops out; returns an O_PATH descriptor of the rootfs, which is a mount point by then. */
int mounts_set_up(struct plan *plan, struct error *error);

/* Makes the rootfs `/` and lets go of the host's mounts. The working directory is `/` afterwards. */
int mounts_pivot(int root, struct error *error);

/* Puts the file behind `fd` on a file in the rootfs that is made where it is missing (the pty on /dev/console). */
int mounts_bind_fd(int root, int fd, const char *target, struct error *error);

/* One op in a container that runs already. */
int mounts_apply(const struct plan *plan, int root, const struct op *op, struct error *error);

#endif
