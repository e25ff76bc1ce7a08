/* The launch plan in memory. Strings point into the bytes that it was parsed from. */
#ifndef GANTRY_PLAN_H
#define GANTRY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* More kinds of namespaces and of cgroup controllers than the kernel has. */
#define MAX_JOINS 8
#define MAX_CGROUPS 24

struct bytes {
  const uint8_t *data;
  uint32_t length;
};

/* NULL-terminated, so that it can be handed to execve. */
struct strings {
  char **items;
  uint32_t count;
};

struct join {
  uint32_t kind;
  const char *path;
};

/* A line of uid_map. */
struct id_range {
  uint32_t inside, outside, count;
};

struct id_map {
  struct id_range *ranges;
  uint32_t count;
};

struct id_maps {
  struct id_map uids, gids;
};

enum idmap_kind { IDMAP_NONE, IDMAP_CONTAINER, IDMAP_OWN, IDMAP_OWNED_BY_USER };

struct rlimit_plan {
  uint32_t resource;
  uint64_t soft;
  uint64_t hard;
};

struct process_plan {
  struct strings args;
  struct strings env;
  const char *cwd;
  const char *user;
  struct strings groups;
  uint32_t umask;
  uint64_t bounding, effective, permitted, inheritable, ambient;
  bool no_new_privileges;
  struct rlimit_plan *rlimits;
  uint32_t rlimit_count;
  bool has_oom_score;
  int32_t oom_score;
  struct bytes seccomp;
  bool init;
  const char *apparmor; /* profile that execve changes to; "" for none */
};

struct stdio_plan {
  bool terminal;
  uint16_t rows, columns;
  bool open_stdin;
  bool stdin_once;
};

struct log_plan {
  bool present;
  const char *path;
  uint64_t max_bytes;
  uint32_t max_files;
};

enum op_kind {
  OP_OVERLAY = 1,
  OP_BIND,
  OP_MOUNT,
  OP_MKDIR,
  OP_SYMLINK,
  OP_MKNOD,
  OP_FILE,
  OP_MASK,
  OP_READONLY_PATH,
  OP_SYSCTL,
  OP_REMOUNT_ROOT,
  OP_PROPAGATION,
  OP_UNMOUNT
};

struct op {
  enum op_kind kind;
  const char *target; /* sysctl: the key */
  union {
    struct {
      struct strings lowerdirs;
      const char *upperdir, *workdir;
      struct strings options;
      const char *base; /* holds all of them; "" for none */
    } overlay;
    struct {
      const char *source;
      const char *beneath; /* directory that the source lies in and that no link leads out of; "" for none */
      const char *mount_namespace; /* where the source is looked for; "" for here */
      bool recursive, readonly, nosuid, nodev, noexec;
      uint32_t propagation;
      enum idmap_kind idmap;
      struct id_maps maps;
      int tree; /* detached copy of the source, opened before the host's mounts are left behind */
    } bind;
    struct {
      const char *type, *source, *data;
      uint32_t flags;
    } mount;
    struct {
      uint32_t mode, major, minor, uid, gid;
      const char *host_path; /* mknod: what is bound where the kernel refuses a node; "" for none */
    } node; /* mkdir, mknod */
    struct {
      struct bytes content;
      uint32_t mode;
    } file;
    const char *text; /* symlink: where to; sysctl: the value */
    bool readonly;
    uint32_t propagation;
    struct {
      uint64_t mount_id;
      bool detach;
    } unmount;
  } as;
};

enum plan_kind { PLAN_CONTAINER, PLAN_EXEC, PLAN_MOUNT };

struct plan {
  enum plan_kind kind;
  bool is_exec;
  const char *id;
  const char *run_dir;
  uint32_t unshare;
  uint32_t from_pidfd;
  struct join *joins;
  uint32_t join_count;
  const char *time_offsets; /* lines for /proc/self/timens_offsets, with a time namespace of its own */
  bool has_user; /* a user namespace, and these are its maps */
  struct id_maps user;
  struct strings cgroup_procs;
  const char *monitor_cgroup; /* '' leaves the monitor where the engine is */
  const char *hostname, *domainname, *rootfs;
  struct process_plan process;
  struct stdio_plan stdio;
  struct log_plan log;
  uint32_t keep_fds;
  bool has_cleanup;
  struct strings cleanup_args, cleanup_env;
  struct op *ops;
  uint32_t op_count;

  /* What plan_release gives back. */
  void *arena;
  size_t arena_size;
  void *mapped;
  size_t mapped_size;
};

/* Reads the whole plan from a descriptor (memfd or file). */
int plan_load(int fd, struct plan *plan, struct error *error);

/* Parses; `bytes` must live as long as the plan. Refuses whatever is not exactly one plan of our version. */
int plan_parse(uint8_t *bytes, size_t length, struct plan *plan, struct error *error);

/* Whether it takes a namespace of this kind (CLONE_NEW*) from another process. */
bool plan_joins(const struct plan *plan, uint32_t kind);

/* Gives the memory of the plan back; nothing in it may be used afterwards. */
void plan_release(struct plan *plan);

#endif
