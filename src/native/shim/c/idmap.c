#define _GNU_SOURCE
#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "kernel.h"

/* The kernel takes a map in one write of less than a page. */
#define MAX_TEXT 4096

static int write_map(pid_t pid, const char *name, const struct id_map *map, struct error *error) {
  char path[48];
  char text[MAX_TEXT];
  size_t length = 0;
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  for (uint32_t i = 0; i < map->count; i++) {
    const struct id_range *range = &map->ranges[i];
    int size = snprintf(text + length, sizeof text - length, "%u %u %u\n", range->inside, range->outside, range->count);
    if (size < 0 || (size_t)size >= sizeof text - length) return fail(error, "write", E2BIG, path);
    length += (size_t)size;
  }
  cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fail(error, "open", errno, path);
  /* The map is of more use than the name of a process that is gone when it is read. */
  if (write(fd, text, length) == (ssize_t)length) return 0;
  int number = errno;
  for (size_t i = 0; i + 1 < length; i++)
    if (text[i] == '\n') text[i] = ';';
  if (length > 0) text[length - 1] = '\0';
  return fail(error, name, number, text);
}

int idmap_write(pid_t pid, const struct id_maps *maps, struct error *error) {
  if (write_map(pid, "uid_map", &maps->uids, error) < 0) return -1;
  return write_map(pid, "gid_map", &maps->gids, error);
}

/* Lives until it is killed, with its parent at the latest. */
static void hold_namespace(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  while (getppid() == parent) pause();
  _exit(0);
}

int idmap_namespace(const struct id_maps *maps, struct error *error) {
  struct kernel_clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
  pid_t own = getpid();
  pid_t holder = kernel_clone3(&args);
  if (holder < 0) return fail(error, "clone3", errno, "user namespace of an idmapped mount");
  if (holder == 0) hold_namespace(own);
  char path[48];
  int namespace = -1;
  snprintf(path, sizeof path, "/proc/%d/ns/user", holder);
  if (idmap_write(holder, maps, error) == 0) {
    namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0) fail(error, "open", errno, path);
  }
  kill(holder, SIGKILL);
  waitpid(holder, NULL, 0);
  return namespace;
}

int idmap_apply(int tree, int namespace, bool recursive, const char *subject, struct error *error) {
  struct kernel_mount_attr attr = { .attr_set = ATTR_IDMAP, .userns_fd = (uint64_t)namespace };
  if (kernel_mount_setattr(tree, recursive ? TREE_RECURSIVE : 0, &attr) == 0) return 0;
  return fail(error, "idmap", errno, subject);
}

static bool holds(const struct id_range *range, uint32_t inside) {
  return inside >= range->inside && inside - range->inside < range->count;
}

uint32_t idmap_outside(const struct id_map *map, uint32_t inside) {
  for (uint32_t i = 0; i < map->count; i++)
    if (holds(&map->ranges[i], inside)) return map->ranges[i].outside + (inside - map->ranges[i].inside);
  return NO_ID;
}

static void append(struct id_map *map, uint32_t inside, uint32_t outside, uint32_t count) {
  if (count > 0) map->ranges[map->count++] = (struct id_range){ .inside = inside, .outside = outside, .count = count };
}

/* The range without the two ids: at most three pieces. */
static void append_without(struct id_map *map, const struct id_range *range, uint32_t low, uint32_t high) {
  uint32_t from = 0;
  for (int i = 0; i < 2; i++) {
    uint32_t hole = i == 0 ? low : high;
    if (!holds(range, hole)) continue;
    uint32_t offset = hole - range->inside;
    append(map, range->inside + from, range->outside + from, offset - from);
    from = offset + 1;
  }
  append(map, range->inside + from, range->outside + from, range->count - from);
}

int idmap_exchange(const struct id_map *map, uint32_t one, uint32_t other, struct id_map *exchanged, struct error *error) {
  uint32_t of_one = idmap_outside(map, one);
  uint32_t of_other = idmap_outside(map, other);
  if (of_other == NO_ID) return fail(error, "idmap", ERANGE, "the container's user has no place in the map");
  *exchanged = (struct id_map){ .count = 0, .ranges = calloc((size_t)map->count + 6, sizeof *map->ranges) };
  if (!exchanged->ranges) return fail(error, "malloc", ENOMEM, "map of ids");
  if (one == other) one = other = NO_ID;
  for (uint32_t i = 0; i < map->count; i++)
    append_without(exchanged, &map->ranges[i], one < other ? one : other, one < other ? other : one);
  if (one == NO_ID) return 0;
  append(exchanged, one, of_other, 1);
  if (of_one != NO_ID) append(exchanged, other, of_one, 1);
  return 0;
}
