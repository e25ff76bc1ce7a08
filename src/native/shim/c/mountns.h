/* The mount namespace that a container starts from: a copy of the engine's. */
#ifndef GANTRY_MOUNTNS_H
#define GANTRY_MOUNTNS_H

#include "error.h"

/* Cuts all mounts of this namespace off from their peers, or makes them slaves of theirs (MS_PRIVATE, MS_SLAVE).
 * Fails where `/` of this process is not the namespace's own: pivot_root would leave what is above it to the container. */
int mountns_cut(unsigned long propagation, struct error *error);

#endif
