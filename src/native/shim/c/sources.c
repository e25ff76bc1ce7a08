#define _GNU_SOURCE
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "cleanup.h"
#include "kernel.h"
#include "rootfs.h"

static unsigned tree_flags(const struct op *op) {
  return TREE_CLONE | TREE_CLOEXEC | (op->as.bind.recursive ? TREE_RECURSIVE : 0);
}

/* Inside the other namespace. Its owner may have put links in the way, through /proc even to places outside. */
static int open_there(const struct op *op, int namespace, struct error *error) {
  const char *source = op->as.bind.source;
  if (setns(namespace, CLONE_NEWNS) < 0) return fail(error, "setns", errno, op->as.bind.mount_namespace);
  cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return fail(error, "open", errno, "/");
  cleanup_close int place = rootfs_open(root, source, O_PATH, NO_SYMLINKS);
  if (place < 0) return fail(error, "open", errno, source);
  int tree = kernel_open_tree(place, "", tree_flags(op) | EMPTY_PATH);
  return tree < 0 ? fail(error, "open_tree", errno, source) : tree;
}

/* A mount can be copied only by who is in its namespace: there and back. */
static int open_elsewhere(const struct op *op, struct error *error) {
  cleanup_close int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (own < 0) return fail(error, "open", errno, "/proc/self/ns/mnt");
  cleanup_close int namespace = open(op->as.bind.mount_namespace, O_RDONLY | O_CLOEXEC);
  if (namespace < 0) return fail(error, "open", errno, op->as.bind.mount_namespace);
  int tree = open_there(op, namespace, error);
  if (setns(own, CLONE_NEWNS) == 0) return tree;
  int number = errno;
  if (tree >= 0) close(tree);
  return fail(error, "setns", number, "own mount namespace");
}

/* The directory's content is the containers', who may put a link into the way at any moment. */
static int open_beneath(const struct op *op, struct error *error) {
  const char *source = op->as.bind.source;
  const char *beneath = op->as.bind.beneath;
  size_t length = strlen(beneath);
  if (strncmp(source, beneath, length) != 0 || source[length] != '/') return fail(error, "open", EINVAL, source);
  cleanup_close int directory = open(beneath, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return fail(error, "open", errno, beneath);
  cleanup_close int place = rootfs_open_beneath(directory, source + length + 1, O_PATH);
  if (place < 0) return fail(error, "open", errno, source);
  int tree = kernel_open_tree(place, "", tree_flags(op) | EMPTY_PATH);
  return tree < 0 ? fail(error, "open_tree", errno, source) : tree;
}

static int open_source(const struct op *op, struct error *error) {
  if (op->as.bind.mount_namespace[0]) return open_elsewhere(op, error);
  if (op->as.bind.beneath[0]) return open_beneath(op, error);
  int tree = kernel_open_tree(AT_FDCWD, op->as.bind.source, tree_flags(op));
  return tree < 0 ? fail(error, "open_tree", errno, op->as.bind.source) : tree;
}

/* Copies of what will be bound, taken while this namespace still is a peer of the host's: an rslave or rshared bind keeps
 * its tie to the host, and everything else can be cut off at once afterwards. */
int sources_open(struct plan *plan, struct error *error) {
  for (uint32_t i = 0; i < plan->op_count; i++) {
    struct op *op = &plan->ops[i];
    if (op->kind != OP_BIND) continue;
    op->as.bind.tree = open_source(op, error);
    if (op->as.bind.tree < 0) return -1;
  }
  return 0;
}
