/* Making the init process: which namespaces and cgroups it is in. */
#ifndef GANTRY_NAMESPACES_H
#define GANTRY_NAMESPACES_H

#include <sys/types.h>

#include "error.h"
#include "plan.h"

/* Everything that init joins, opened while the host's paths are still there and before init exists. */
struct places {
  int joins[MAX_JOINS];
  int pidfd; /* of the process whose namespaces are taken; -1 without */
  int cgroups[MAX_CGROUPS]; /* files to write "0" into; -1 where clone3 does it */
  int cgroup_directory; /* v2, for clone3; -1 without */
};

int places_open(const struct plan *plan, int pidfd, struct places *places, struct error *error);
void places_close(const struct plan *plan, const struct places *places);

/* As fork: 0 in the child. */
pid_t namespaces_clone(const struct plan *plan, struct places *places, struct error *error);

/* In the child: into the cgroups, the joined namespaces and a cgroup namespace, and the host's name. */
int namespaces_enter(const struct plan *plan, const struct places *places, struct error *error);

#endif
