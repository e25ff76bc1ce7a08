/* Who the process runs as: Docker's rules for `user`, from the rootfs's own /etc/passwd and /etc/group. */
#ifndef GANTRY_USER_H
#define GANTRY_USER_H

#include <sys/types.h>

#include "error.h"
#include "plan.h"

struct identity {
  uid_t uid;
  gid_t gid;
  gid_t *groups; /* the primary group first */
  size_t group_count;
  char home[512];
};

/* Reads the files below `/`. Failures have Docker's texts in `detail`. */
int user_resolve(const struct process_plan *process, struct identity *identity, struct error *error);

/* The same on texts that are in memory; for tests. Both must end with a 0. */
int user_resolve_in(const struct process_plan *process, const char *passwd, const char *group, struct identity *identity,
                    struct error *error);

/* An empty text where there is no such regular file: images without users are common. NULL without memory. */
char *user_read_file(const char *path);

#endif
