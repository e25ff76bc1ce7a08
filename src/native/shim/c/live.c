#define _GNU_SOURCE
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cleanup.h"
#include "kernel.h"
#include "mounts.h"
#include "namespaces.h"
#include "rootfs.h"
#include "sources.h"
#include "supply.h"
#include "userns.h"

/* A mount on a mount would hide it until one of them goes, and nobody could tell which; one in /proc or /sys could make
 * other programs write what they believe to write to the kernel into a file (CVE-2019-16884). */
static int check_target(int root, const struct op *op, struct error *error) {
  struct kernel_statx status = { 0 };
  struct statfs filesystem;
  cleanup_close int target = rootfs_open(root, op->target, O_PATH, 0);
  if (target < 0) return errno == ENOENT ? 0 : fail(error, "open", errno, op->target);
  if (fstatfs(target, &filesystem) < 0) return fail(error, "statfs", errno, op->target);
  if (filesystem.f_type == PROC_SUPER_MAGIC || filesystem.f_type == SYSFS_MAGIC) return fail(error, "mount", EPERM, op->target);
  if (kernel_statx(target, "", EMPTY_PATH, &status) < 0) return fail(error, "statx", errno, op->target);
  return status.attributes & STATX_IS_MOUNT_ROOT ? fail(error, "mount", EBUSY, op->target) : 0;
}

static enum file_kind kind_of(const struct op *op) {
  struct stat source;
  bool is_file = op->kind == OP_BIND && fstat(op->as.bind.tree, &source) == 0 && !S_ISDIR(source.st_mode);
  return is_file ? KIND_FILE : KIND_DIRECTORY;
}

/* The kernel would only say that something is invalid. */
static int check_kind(int target, const struct op *op, struct error *error) {
  struct stat status;
  if (fstat(target, &status) < 0) return fail(error, "fstat", errno, op->target);
  bool fits = S_ISDIR(status.st_mode) == (kind_of(op) == KIND_DIRECTORY);
  return fits ? 0 : fail(error, "mount", ENOTDIR, op->target);
}

/* `run` makes mount points before it makes the rootfs read-only. Here that has happened, so a missing one is made through
 * a copy of the rootfs's mount that is not. */
static int make_mount_point(int root, const struct op *op, bool *is_new, struct error *error) {
  struct kernel_mount_attr writable = { .attr_clr = ATTR_RDONLY };
  cleanup_close int before = rootfs_open(root, op->target, O_PATH, 0);
  *is_new = before < 0;
  cleanup_close int there = rootfs_ensure(root, op->target, kind_of(op), error);
  if (there >= 0) return check_kind(there, op, error);
  if (error->number != EROFS) return -1;
  cleanup_close int copy = kernel_open_tree(root, "", TREE_CLONE | TREE_CLOEXEC | EMPTY_PATH);
  if (copy < 0 || kernel_mount_setattr(copy, 0, &writable) < 0) return -1;
  struct error ignored;
  cleanup_close int made = rootfs_ensure(copy, op->target, kind_of(op), &ignored);
  return made < 0 ? -1 : 0;
}

static int add(const struct plan *plan, int root, const struct op *op, struct error *error) {
  bool is_new;
  if (check_target(root, op, error) < 0) return -1;
  if (make_mount_point(root, op, &is_new, error) < 0) return -1;
  return mounts_apply(plan, root, op, is_new, error);
}

/* The target is a mount point as the engine read it from the kernel, and must still be that very mount. No descriptor of
 * it may be open, since that would keep it busy; a mount point can't be renamed, so the name stays what was looked at. */
static int take_away(int root, const struct op *op, struct error *error) {
  struct kernel_statx status = { 0 };
  const char *slash = strrchr(op->target, '/');
  const char *name = slash + 1;
  char parent_path[PATH_MAX];
  int size = snprintf(parent_path, sizeof parent_path, "%.*s/", (int)(slash - op->target), op->target);
  if (size < 0 || (size_t)size >= sizeof parent_path) return fail(error, "open", ENAMETOOLONG, op->target);
  cleanup_close int parent = rootfs_open(root, parent_path, O_PATH | O_DIRECTORY, NO_SYMLINKS);
  if (parent < 0) return fail(error, "open", errno, op->target);
  if (kernel_statx(parent, name, AT_SYMLINK_NOFOLLOW, &status) < 0) return fail(error, "statx", errno, op->target);
  bool is_it = (status.mask & STATX_MOUNT_ID) && status.mount_id == op->as.unmount.mount_id;
  if (!is_it) return fail(error, "umount", ESTALE, op->target);
  if (fchdir(parent) < 0) return fail(error, "chdir", errno, op->target);
  int flags = UMOUNT_NOFOLLOW | (op->as.unmount.detach ? MNT_DETACH : 0);
  return umount2(name, flags) < 0 ? fail(error, "umount", errno, op->target) : 0;
}

static int carry_out(const struct plan *plan, int root, int descriptors, struct error *error) {
  for (uint32_t i = 0; i < plan->op_count; i++) {
    const struct op *op = &plan->ops[i];
    if (fchdir(descriptors) < 0) return fail(error, "chdir", errno, "/proc/self/fd");
    int result = op->kind == OP_UNMOUNT ? take_away(root, op, error) : add(plan, root, op, error);
    if (result < 0) return -1;
  }
  return 0;
}

/* While the host's /proc is in sight, and the process behind the pidfd is not known to have ended. */
static int map_binds(struct plan *plan, struct error *error) {
  cleanup_close int root = open(plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return fail(error, "open", errno == ENOENT ? ESRCH : errno, plan->rootfs);
  return supply_map_binds(plan, root, error);
}

int live_run(struct plan *plan, int pidfd, struct error *error) {
  struct places places;
  error->stage = "mounts";
  cleanup_close int descriptors = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptors < 0) return fail(error, "open", errno, "/proc/self/fd");
  if (sources_open(plan, error) < 0) return -1;
  if (map_binds(plan, error) < 0) return -1;
  if (places_open(plan, pidfd, &places, error) < 0) return -1;
  if (namespaces_enter(plan, &places, error) < 0) return -1;
  places_close(plan, &places);
  if (plan->has_user && userns_become_root(error) < 0) return -1;
  error->stage = "mounts";
  fd_paths_from_here();
  umask(0);
  cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return fail(error, "open", errno, "/");
  return carry_out(plan, root, descriptors, error);
}
