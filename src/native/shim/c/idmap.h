/* Maps of ids: those of user namespaces, and of mounts whose files seem to belong to others than they do on disk
 * (mount_setattr(2), MOUNT_ATTR_IDMAP). All of it needs the privileges of the host. */
#ifndef GANTRY_IDMAP_H
#define GANTRY_IDMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "plan.h"

#define NO_ID UINT32_MAX

/* Writes uid_map and gid_map of a process that is alone in a new user namespace. */
int idmap_write(pid_t pid, const struct id_maps *maps, struct error *error);

/* A descriptor of a user namespace that is there for its maps alone. */
int idmap_namespace(const struct id_maps *maps, struct error *error);

/* Shows the files of a detached mount with the owners that the namespace's maps give them. The operation of a failure
 * is "idmap", with which the engine says what is missing. */
int idmap_apply(int tree, int namespace, bool recursive, const char *subject, struct error *error);

/* What `inside` is on the other side; NO_ID where it has no place there. */
uint32_t idmap_outside(const struct id_map *map, uint32_t inside);

/* The map with two of its inner ids in each other's place; its ranges are the caller's to free. `one` may be outside of
 * the map, `other` not. */
int idmap_exchange(const struct id_map *map, uint32_t one, uint32_t other, struct id_map *exchanged, struct error *error);

#endif
