#define _GNU_SOURCE
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "cleanup.h"
#include "kernel.h"
#include "mountns.h"
#include "nodes.h"
#include "overlay.h"
#include "rootfs.h"
#include "sources.h"
#include "supply.h"
#include "tree.h"


struct setup {
  const struct plan *plan;
  struct mount_sources sources;
  int root; /* O_PATH; -1 until something was mounted on plan->rootfs */
  bool target_is_new; /* made by the caller */
};

/* ---- the rootfs itself ---- */

static int reopen_root(struct setup *setup, struct error *error) {
  if (setup->root >= 0) close(setup->root);
  setup->root = open(setup->plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return setup->root < 0 ? fail(error, "open", errno, setup->plan->rootfs) : 0;
}

/* The descriptor stays one of the mount when that has its place. */
static int attach_root(struct setup *setup, int *tree, const struct restriction *restriction, struct error *error) {
  if (tree_attach(*tree, setup->sources.place, "", restriction, setup->plan->rootfs, error) < 0) return -1;
  if (setup->root >= 0) close(setup->root);
  setup->root = *tree;
  *tree = -1;
  return 0;
}

/* pivot_root needs a mount point: a rootfs on which nothing was mounted is bound onto itself. */
static int require_root(struct setup *setup, struct error *error) {
  if (setup->root >= 0) return 0;
  const char *rootfs = setup->plan->rootfs;
  struct restriction none = { 0 };
  if (setup->plan->has_user) return fail(error, "plan", EINVAL, "with a user namespace the rootfs is the first op");
  cleanup_close int tree = kernel_open_tree(AT_FDCWD, rootfs, TREE_CLONE | TREE_CLOEXEC | TREE_RECURSIVE);
  if (tree < 0) return fail(error, "open_tree", errno, rootfs);
  if (tree_attach(tree, AT_FDCWD, rootfs, &none, rootfs, error) < 0) return -1;
  return reopen_root(setup, error);
}

/* ---- one op each ---- */

static bool is_supplied(const struct setup *setup, const struct op *op) {
  return setup->sources.supply >= 0 && supply_has(setup->plan, op);
}

/* The rootfs, or a directory in it. */
static int attach_overlay(struct setup *setup, const struct op *op, struct error *error) {
  struct restriction none = { 0 };
  cleanup_close int tree = supply_take(setup->sources.supply, op, error);
  if (tree < 0) return -1;
  if (op->target[0] == '\0') return attach_root(setup, &tree, &none, error);
  cleanup_close int target = rootfs_ensure(setup->root, op->target, KIND_DIRECTORY, error);
  return target < 0 ? -1 : tree_attach(tree, target, "", &none, op->target, error);
}

static int attach_node(struct setup *setup, const struct op *op, struct error *error) {
  struct restriction none = { 0 };
  cleanup_close int tree = supply_take(setup->sources.supply, op, error);
  if (tree < 0) return -1;
  cleanup_close int target = rootfs_ensure(setup->root, op->target, KIND_FILE, error);
  return target < 0 ? -1 : tree_attach(tree, target, "", &none, op->target, error);
}

static int do_overlay(struct setup *setup, const struct op *op, struct error *error) {
  char path[FD_PATH_SIZE];
  bool is_root = op->target[0] == '\0';
  bool unsupported;
  cleanup_close int target = -1;
  if (is_supplied(setup, op)) return attach_overlay(setup, op, error);
  if (!is_root) {
    if (require_root(setup, error) < 0) return -1;
    target = rootfs_ensure(setup->root, op->target, KIND_DIRECTORY, error);
    if (target < 0) return -1;
  }
  cleanup_close int tree = overlay_detached(op, &unsupported, error);
  if (tree < 0 && !unsupported) return -1;
  if (tree < 0) {
    if (overlay_mount_on(op, is_root ? setup->plan->rootfs : fd_path(path, target), error) < 0) return -1;
  } else if (kernel_move_mount(tree, is_root ? AT_FDCWD : target, is_root ? setup->plan->rootfs : "") < 0) {
    return fail(error, "move_mount", errno, is_root ? setup->plan->rootfs : op->target);
  }
  return is_root ? reopen_root(setup, error) : 0;
}

/* A file of /proc that is replaced can make programs believe anything of the kernel, and a directory hides what is masked.
 * As with runc (CVE-2019-16884) only what lxcfs emulates may be mounted there, whatever links led to it. */
static int refuse_inside_proc(int target, const struct op *op, struct error *error) {
  static const char *const emulated[] = { "/proc/cpuinfo", "/proc/diskstats",  "/proc/meminfo",
                                          "/proc/stat",    "/proc/swaps",      "/proc/uptime",
                                          "/proc/loadavg", "/proc/slabinfo",   "/proc/sys/kernel/ns_last_pid",
                                          "/proc/sys/crypto/fips_enabled" };
  struct statfs filesystem;
  char text[200];
  if (fstatfs(target, &filesystem) < 0) return fail(error, "statfs", errno, op->target);
  /* The same by a link that leads into /sys; who means it says so. */
  if (filesystem.f_type == SYSFS_MAGIC && strncmp(op->target, "/sys/", 5) != 0) return fail(error, "mount", EPERM, op->target);
  if (filesystem.f_type != PROC_SUPER_MAGIC) return 0;
  for (size_t i = 0; i < sizeof emulated / sizeof *emulated; i++)
    if (strcmp(op->target, emulated[i]) == 0) return 0;
  snprintf(text, sizeof text, "\"%s\" cannot be mounted because it is inside /proc", op->target);
  return fail(error, "mount", 0, text);
}

static int do_bind(struct setup *setup, const struct op *op, struct error *error) {
  struct restriction restriction = { .propagation = op->as.bind.propagation, .recursive = op->as.bind.recursive };
  struct stat source;
  if (op->as.bind.readonly) restriction.attributes |= ATTR_RDONLY;
  if (op->as.bind.nosuid) restriction.attributes |= ATTR_NOSUID;
  if (op->as.bind.nodev) restriction.attributes |= ATTR_NODEV;
  if (op->as.bind.noexec) restriction.attributes |= ATTR_NOEXEC;
  cleanup_close int tree = is_supplied(setup, op) ? supply_take(setup->sources.supply, op, error) : op->as.bind.tree;
  if (tree < 0) return -1;
  if (op->target[0] == '\0') return attach_root(setup, &tree, &restriction, error);
  if (require_root(setup, error) < 0) return -1;
  if (fstat(tree, &source) < 0) return fail(error, "fstat", errno, op->as.bind.source);
  enum file_kind kind = S_ISDIR(source.st_mode) ? KIND_DIRECTORY : KIND_FILE;
  cleanup_close int target = rootfs_ensure(setup->root, op->target, kind, error);
  if (target < 0 || refuse_inside_proc(target, op, error) < 0) return -1;
  return tree_attach(tree, target, "", &restriction, op->target, error);
}

/* A /proc or /sys that the image made a symbolic link would end up beside what the masks are made for. */
static int open_mount_target(struct setup *setup, const struct op *op, struct error *error) {
  int target = rootfs_ensure(setup->root, op->target, KIND_DIRECTORY, error);
  if (target < 0 || (strcmp(op->as.mount.type, "proc") != 0 && strcmp(op->as.mount.type, "sysfs") != 0)) return target;
  close(target);
  target = rootfs_open(setup->root, op->target, O_PATH | O_DIRECTORY, NO_SYMLINKS);
  return target < 0 ? fail(error, "open", errno, op->target) : target;
}

/* As runc: a tmpfs has the permissions of the directory that it covers, unless it is asked for others. */
static int tmpfs_data(struct setup *setup, const struct op *op, char **data, struct error *error) {
  struct stat covered;
  const char *given = op->as.mount.data;
  if (setup->target_is_new) return 0;
  cleanup_close int there = rootfs_open(setup->root, op->target, O_PATH, 0);
  if (there < 0 || fstat(there, &covered) < 0 || (op->as.mount.flags & MS_REMOUNT)) return 0;
  if (asprintf(data, "mode=%04o%s%s", covered.st_mode & 07777, given[0] ? "," : "", given) < 0)
    return fail(error, "malloc", ENOMEM, op->target);
  return 0;
}

static int do_mount(struct setup *setup, const struct op *op, struct error *error) {
  char path[FD_PATH_SIZE];
  unsigned long flags = op->as.mount.flags;
  cleanup_free char *data = NULL;
  if (strcmp(op->as.mount.type, "tmpfs") == 0 && tmpfs_data(setup, op, &data, error) < 0) return -1;
  cleanup_close int target = open_mount_target(setup, op, error);
  if (target < 0 || (strcmp(op->as.mount.type, "proc") != 0 && refuse_inside_proc(target, op, error) < 0)) return -1;
  if (mount(op->as.mount.source, fd_path(path, target), op->as.mount.type, flags & ~(unsigned long)(PROPAGATION_FLAGS | MS_REC),
            data ? data : op->as.mount.data) < 0)
    return fail(error, "mount", errno, op->target);
  if (!(flags & PROPAGATION_FLAGS)) return 0;
  cleanup_close int mounted = rootfs_open(setup->root, op->target, O_PATH, 0);
  if (mounted < 0) return fail(error, "open", errno, op->target);
  if (mount(NULL, fd_path(path, mounted), NULL, flags & (PROPAGATION_FLAGS | MS_REC), NULL) < 0)
    return fail(error, "mount", errno, op->target);
  return 0;
}

/* The rootfs's own /dev/null if it is one, so that no node of the host's is reachable from inside. */
static int open_null(struct setup *setup) {
  static const char *const name = "/dev/null";
  struct stat status;
  cleanup_close int own = rootfs_open(setup->root, name, O_PATH, 0);
  if (own >= 0 && fstat(own, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
    return kernel_open_tree(own, "", TREE_CLONE | TREE_CLOEXEC | EMPTY_PATH);
  return kernel_open_tree(AT_FDCWD, name, TREE_CLONE | TREE_CLOEXEC);
}

static int do_mask(struct setup *setup, const struct op *op, struct error *error) {
  /* Read-only, because chmod through one masked path would otherwise change all of them. */
  struct restriction readonly = { .attributes = ATTR_RDONLY };
  char path[FD_PATH_SIZE];
  struct stat status;
  cleanup_close int target = rootfs_open(setup->root, op->target, O_PATH, 0);
  if (target < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : fail(error, "open", errno, op->target);
  if (fstat(target, &status) < 0) return fail(error, "fstat", errno, op->target);
  if (S_ISDIR(status.st_mode)) {
    if (mount("tmpfs", fd_path(path, target), "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0,nr_inodes=2") < 0)
      return fail(error, "mount", errno, op->target);
    return 0;
  }
  cleanup_close int tree = open_null(setup);
  if (tree < 0) return fail(error, "open_tree", errno, "/dev/null");
  return tree_attach(tree, target, "", &readonly, op->target, error);
}

static int do_readonly_path(struct setup *setup, const struct op *op, struct error *error) {
  struct restriction readonly = { .attributes = ATTR_RDONLY, .recursive = true };
  cleanup_close int target = rootfs_open(setup->root, op->target, O_PATH, 0);
  if (target < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : fail(error, "open", errno, op->target);
  cleanup_close int tree = kernel_open_tree(target, "", TREE_CLONE | TREE_CLOEXEC | TREE_RECURSIVE | EMPTY_PATH);
  if (tree < 0) return fail(error, "open_tree", errno, op->target);
  return tree_attach(tree, target, "", &readonly, op->target, error);
}

/* With the user namespace as the reason why, which the engine can put into words. Some are not even there for it. */
static int fail_sysctl(const struct setup *setup, const struct op *op, const char *operation, struct error *error) {
  bool forbidden = setup->plan->has_user && (errno == EACCES || errno == EPERM || errno == ENOENT);
  return fail(error, forbidden ? "sysctl" : operation, errno, op->target);
}

static int do_sysctl(const struct setup *setup, const struct op *op, struct error *error) {
  struct statfs filesystem;
  cleanup_close int directory = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return fail(error, "open", errno, "/proc/sys");
  if (fstatfs(directory, &filesystem) < 0 || filesystem.f_type != PROC_SUPER_MAGIC) return fail(error, "open", ENODEV, "/proc/sys");
  struct kernel_open_how how = { .flags = O_WRONLY | O_CLOEXEC, .resolve = BENEATH | NO_SYMLINKS };
  cleanup_close int file = kernel_openat2(directory, op->target, &how);
  if (file < 0) return fail_sysctl(setup, op, "open", error);
  size_t length = strlen(op->as.text);
  return write(file, op->as.text, length) < 0 ? fail_sysctl(setup, op, "write", error) : 0;
}

static int do_remount_root(struct setup *setup, const struct op *op, struct error *error) {
  return tree_set_readonly(setup->root, op->as.readonly, "rootfs", error);
}

static int do_propagation(struct setup *setup, const struct op *op, struct error *error) {
  char path[FD_PATH_SIZE];
  cleanup_close int target = rootfs_open(setup->root, op->target, O_PATH, 0);
  if (target < 0) return fail(error, "open", errno, op->target);
  if (mount(NULL, fd_path(path, target), NULL, op->as.propagation, NULL) < 0)
    return fail(error, "mount", errno, op->target[0] ? op->target : "rootfs");
  return 0;
}

static int do_op(struct setup *setup, const struct op *op, struct error *error) {
  bool makes_root = op->target[0] == '\0' && (op->kind == OP_OVERLAY || op->kind == OP_BIND);
  if (!makes_root && require_root(setup, error) < 0) return -1;
  switch (op->kind) {
    case OP_OVERLAY: return do_overlay(setup, op, error);
    case OP_BIND: return do_bind(setup, op, error);
    case OP_MOUNT: return do_mount(setup, op, error);
    case OP_MKNOD: return is_supplied(setup, op) ? attach_node(setup, op, error) : nodes_make(setup->root, op, error);
    case OP_MKDIR:
    case OP_SYMLINK:
    case OP_FILE: return nodes_make(setup->root, op, error);
    case OP_MASK: return do_mask(setup, op, error);
    case OP_READONLY_PATH: return do_readonly_path(setup, op, error);
    case OP_SYSCTL: return do_sysctl(setup, op, error);
    case OP_REMOUNT_ROOT: return do_remount_root(setup, op, error);
    case OP_PROPAGATION: return do_propagation(setup, op, error);
    case OP_UNMOUNT:
    default: return fail(error, "plan", EINVAL, "unknown setup op");
  }
}

int mounts_set_up(struct plan *plan, const struct mount_sources *sources, struct error *error) {
  struct setup setup = { .plan = plan, .sources = *sources, .root = -1 };
  error->stage = "mounts";
  if (sources->supply < 0 && sources_open(plan, error) < 0) return -1;
  if (mountns_cut(MS_PRIVATE, error) < 0) return -1;
  umask(0);
  for (uint32_t i = 0; i < plan->op_count; i++) {
    const struct op *op = &plan->ops[i];
    error->stage = op->target[0] == '\0' ? "rootfs" : "mounts";
    if (do_op(&setup, op, error) < 0) return -1;
  }
  error->stage = "rootfs";
  return require_root(&setup, error) < 0 ? -1 : setup.root;
}

int mounts_apply(const struct plan *plan, int root, const struct op *op, bool is_new, struct error *error) {
  struct setup setup = { .plan = plan, .sources = { .place = -1, .supply = -1 }, .root = root, .target_is_new = is_new };
  return do_op(&setup, op, error);
}

int mounts_pivot(int root, struct error *error) {
  error->stage = "rootfs";
  if (fchdir(root) < 0) return fail(error, "chdir", errno, "rootfs");
  /* Old and new root at one place: the old one lies on top of `.` afterwards, and no directory for it is needed. */
  if (syscall(SYS_pivot_root, ".", ".") < 0) return fail(error, "pivot_root", errno, "rootfs");
  if (umount2(".", MNT_DETACH) < 0) return fail(error, "umount", errno, "the host's mounts");
  return chdir("/") < 0 ? fail(error, "chdir", errno, "/") : 0;
}

int mounts_bind_fd(int root, int fd, const char *target, struct error *error) {
  struct restriction none = { 0 };
  cleanup_close int tree = kernel_open_tree(fd, "", TREE_CLONE | TREE_CLOEXEC | EMPTY_PATH);
  if (tree < 0) return fail(error, "open_tree", errno, target);
  cleanup_close int place = rootfs_ensure(root, target, KIND_FILE, error);
  if (place < 0) return -1;
  return tree_attach(tree, place, "", &none, target, error);
}
