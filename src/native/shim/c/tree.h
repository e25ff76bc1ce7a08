/* Mount trees as open_tree(2) and fsmount(2) give them: detached, behind a descriptor, seen by nobody until they are attached. */
#ifndef GANTRY_TREE_H
#define GANTRY_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>

#include "error.h"

#define PROPAGATION_FLAGS (MS_SHARED | MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE)

/* What a tree gets beyond what it was copied with. */
struct restriction {
  uint64_t attributes; /* ATTR_* of kernel.h */
  uint32_t propagation; /* MS_*, with MS_REC; 0 for as it is */
  bool recursive;
};

/* Attaches it to `path` below `directory` (or to the descriptor itself with ""), restricted beforehand, so that there is
 * no moment in which it could be written to. */
int tree_attach(int tree, int directory, const char *path, const struct restriction *restriction, const char *subject,
                struct error *error);

/* Of one that is attached: the topmost mount, not what is mounted below. */
int tree_set_readonly(int mount_fd, bool readonly, const char *subject, struct error *error);

#endif
