/* What will be bound into a container, opened before the host's mounts are left behind. */
#ifndef GANTRY_SOURCES_H
#define GANTRY_SOURCES_H

#include "error.h"
#include "plan.h"

/* Fills in `tree` of each bind: a detached copy of its source. */
int sources_open(struct plan *plan, struct error *error);

#endif
