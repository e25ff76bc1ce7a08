#define _GNU_SOURCE
#include "nodes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "kernel.h"
#include "rootfs.h"
#include "tree.h"

static int make_directory(int root, const struct op *op, struct error *error) {
  const char *name;
  cleanup_close int parent = rootfs_ensure_parent(root, op->target, &name, error);
  if (parent < 0) return -1;
  if (mkdirat(parent, name, op->as.node.mode & 07777) == 0) {
    if (fchownat(parent, name, op->as.node.uid, op->as.node.gid, AT_SYMLINK_NOFOLLOW) < 0)
      return fail(error, "chown", errno, op->target);
    return 0;
  }
  if (errno != EEXIST) return fail(error, "mkdir", errno, op->target);
  /* Here already, perhaps as a link into the rootfs: all that is asked is that a directory is found. */
  cleanup_close int existing = rootfs_ensure(root, op->target, KIND_DIRECTORY, error);
  if (existing < 0) return -1;
  struct stat status;
  if (fstat(existing, &status) < 0) return fail(error, "fstat", errno, op->target);
  return S_ISDIR(status.st_mode) ? 0 : fail(error, "mkdir", ENOTDIR, op->target);
}

static int make_symlink(int root, const struct op *op, struct error *error) {
  const char *name;
  cleanup_close int parent = rootfs_ensure_parent(root, op->target, &name, error);
  if (parent < 0) return -1;
  if (symlinkat(op->as.text, parent, name) < 0 && errno != EEXIST) return fail(error, "symlink", errno, op->target);
  return 0;
}

int nodes_open_host(const struct op *op, struct error *error) {
  struct stat status;
  const char *source = op->as.node.host_path[0] ? op->as.node.host_path : op->target;
  int tree = kernel_open_tree(AT_FDCWD, source, TREE_CLONE | TREE_CLOEXEC);
  if (tree < 0) return fail(error, "mknod", errno, op->target);
  bool same = fstat(tree, &status) == 0 && (status.st_mode & S_IFMT) == (op->as.node.mode & S_IFMT) &&
              status.st_rdev == makedev(op->as.node.major, op->as.node.minor);
  if (same) return tree;
  close(tree);
  return fail(error, "mknod", EPERM, op->target);
}

static int bind_host_node(int root, const struct op *op, struct error *error) {
  struct restriction none = { 0 };
  cleanup_close int tree = nodes_open_host(op, error);
  if (tree < 0) return -1;
  cleanup_close int target = rootfs_ensure(root, op->target, KIND_FILE, error);
  return target < 0 ? -1 : tree_attach(tree, target, "", &none, op->target, error);
}

static int make_device(int root, const struct op *op, struct error *error) {
  const char *name;
  struct stat status;
  dev_t device = makedev(op->as.node.major, op->as.node.minor);
  cleanup_close int parent = rootfs_ensure_parent(root, op->target, &name, error);
  if (parent < 0) return -1;
  if (mknodat(parent, name, op->as.node.mode, device) == 0) {
    if ((op->as.node.uid || op->as.node.gid) &&
        fchownat(parent, name, op->as.node.uid, op->as.node.gid, AT_SYMLINK_NOFOLLOW) < 0)
      return fail(error, "chown", errno, op->target);
    return 0;
  }
  if (errno == EPERM) return bind_host_node(root, op, error);
  if (errno != EEXIST) return fail(error, "mknod", errno, op->target);
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return fail(error, "stat", errno, op->target);
  bool same = (status.st_mode & S_IFMT) == (op->as.node.mode & S_IFMT) && status.st_rdev == device;
  return same ? 0 : fail(error, "mknod", EEXIST, op->target);
}

static int make_file(int root, const struct op *op, struct error *error) {
  cleanup_close int place = rootfs_ensure(root, op->target, KIND_FILE, error);
  if (place < 0) return -1;
  cleanup_close int file = rootfs_open(root, op->target, O_WRONLY | O_TRUNC | O_NOCTTY | O_NONBLOCK, 0);
  if (file < 0) return fail(error, "open", errno, op->target);
  struct stat status;
  if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode)) return fail(error, "open", EINVAL, op->target);
  const struct bytes *content = &op->as.file.content;
  for (size_t done = 0; done < content->length;) {
    ssize_t written = write(file, content->data + done, content->length - done);
    if (written < 0) return fail(error, "write", errno, op->target);
    done += (size_t)written;
  }
  return fchmod(file, op->as.file.mode & 07777) < 0 ? fail(error, "chmod", errno, op->target) : 0;
}

int nodes_make(int root, const struct op *op, struct error *error) {
  switch (op->kind) {
    case OP_MKDIR: return make_directory(root, op, error);
    case OP_SYMLINK: return make_symlink(root, op, error);
    case OP_MKNOD: return make_device(root, op, error);
    case OP_FILE: return make_file(root, op, error);
    default: return fail(error, "plan", EINVAL, "unknown setup op");
  }
}
