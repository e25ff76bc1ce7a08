/* Overlay mounts with any number of layers and paths of any length. */
#ifndef GANTRY_OVERLAY_H
#define GANTRY_OVERLAY_H

#include <stdbool.h>

#include "error.h"
#include "plan.h"

/* A detached mount (a descriptor for move_mount), or -1; with *unsupported, this kernel has no `lowerdir+` (before 6.8) and
 * overlay_mount_on must be used. */
int overlay_detached(const struct op *op, bool *unsupported, struct error *error);

/* By mount(2), on a path. */
int overlay_mount_on(const struct op *op, const char *target, struct error *error);

#endif
