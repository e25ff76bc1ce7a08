/* Paths inside the rootfs. The kernel resolves all of them (openat2 with RESOLVE_IN_ROOT), so that neither a symbolic
 * link of the image nor one that changes meanwhile leads out of it. */
#ifndef GANTRY_ROOTFS_H
#define GANTRY_ROOTFS_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* Opens what is there; -1 with errno. `resolve` are further RESOLVE_* bits. */
int rootfs_open(int root, const char *path, uint64_t flags, uint64_t resolve);

/* The same of another directory, where a link that leads out is refused (EXDEV) and not turned back. */
int rootfs_open_beneath(int directory, const char *path, uint64_t flags);

enum file_kind { KIND_DIRECTORY, KIND_FILE };

/* An O_PATH descriptor of the path; where it is missing, it and its parents are made (0755, files empty 0644). */
int rootfs_ensure(int root, const char *path, enum file_kind kind, struct error *error);

/* An O_PATH descriptor of the directory that holds `path`, made where it is missing; *name is the last component. */
int rootfs_ensure_parent(int root, const char *path, const char **name, struct error *error);

/* Writes "/proc/self/fd/N": the way to a descriptor for calls that take only paths. */
#define FD_PATH_SIZE 32
const char *fd_path(char buffer[FD_PATH_SIZE], int fd);

/* From now on fd_path gives "N": the working directory is our /proc/self/fd, which a container's own /proc does not have. */
void fd_paths_from_here(void);

#endif
