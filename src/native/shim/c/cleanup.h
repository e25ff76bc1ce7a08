/* Variables that release what they hold when they go out of scope, so that an early return is always safe. */
#ifndef GANTRY_CLEANUP_H
#define GANTRY_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void close_fd_at(const int *fd) {
  if (*fd >= 0) close(*fd);
}

static inline void free_at(void *pointer) {
  free(*(void **)pointer);
}

#define cleanup_close __attribute__((cleanup(close_fd_at)))
#define cleanup_free __attribute__((cleanup(free_at)))

#endif
