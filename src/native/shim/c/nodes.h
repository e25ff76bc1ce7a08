/* What a plan makes in the rootfs itself: directories, symbolic links, devices (or binds of the host's) and files. */
#ifndef GANTRY_NODES_H
#define GANTRY_NODES_H

#include "error.h"
#include "plan.h"

/* One op of kind mkdir, symlink, mknod or file, in the rootfs behind `root`. */
int nodes_make(int root, const struct op *op, struct error *error);

/* The host's own device in place of one that can't be made (in a user namespace around the engine): its detached mount. */
int nodes_open_host(const struct op *op, struct error *error);

#endif
