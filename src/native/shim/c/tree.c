#define _GNU_SOURCE
#include "tree.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "kernel.h"
#include "rootfs.h"

/* Before Linux 5.12: flags of the topmost mount only, keeping those that it has, since some may be locked. */
static int restrict_by_remount(int mount_fd, const struct restriction *restriction, const char *subject, struct error *error) {
  char path[FD_PATH_SIZE];
  struct statvfs now;
  unsigned long flags = MS_REMOUNT | MS_BIND;
  fd_path(path, mount_fd);
  if (fstatvfs(mount_fd, &now) < 0) return fail(error, "statvfs", errno, subject);
  flags |= now.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME | ST_RELATIME);
  if (restriction->attributes & ATTR_RDONLY) flags |= MS_RDONLY;
  if (restriction->attributes & ATTR_NOSUID) flags |= MS_NOSUID;
  if (restriction->attributes & ATTR_NODEV) flags |= MS_NODEV;
  if (restriction->attributes & ATTR_NOEXEC) flags |= MS_NOEXEC;
  if (restriction->attributes && mount(NULL, path, NULL, flags, NULL) < 0) return fail(error, "remount", errno, subject);
  if (restriction->propagation && mount(NULL, path, NULL, restriction->propagation, NULL) < 0)
    return fail(error, "mount", errno, subject);
  return 0;
}

int tree_attach(int tree, int directory, const char *path, const struct restriction *restriction, const char *subject,
                struct error *error) {
  struct kernel_mount_attr attr = { .attr_set = restriction->attributes,
                                    .propagation = restriction->propagation & PROPAGATION_FLAGS };
  bool late = false;
  if (attr.attr_set || attr.propagation) {
    /* Attributes and propagation may differ in whether they reach below. */
    struct kernel_mount_attr only = { .attr_set = attr.attr_set };
    unsigned depth = restriction->recursive ? TREE_RECURSIVE : 0;
    unsigned propagation_depth = restriction->propagation & MS_REC ? TREE_RECURSIVE : 0;
    if (depth == propagation_depth) only.propagation = attr.propagation;
    int result = kernel_mount_setattr(tree, depth, &only);
    if (result == 0 && attr.propagation != only.propagation) {
      only = (struct kernel_mount_attr){ .propagation = attr.propagation };
      result = kernel_mount_setattr(tree, propagation_depth, &only);
    }
    late = result < 0 && errno == ENOSYS;
    if (result < 0 && !late) return fail(error, "mount_setattr", errno, subject);
  }
  if (kernel_move_mount(tree, directory, path) < 0) return fail(error, "move_mount", errno, subject);
  return late ? restrict_by_remount(tree, restriction, subject, error) : 0;
}

int tree_set_readonly(int mount_fd, bool readonly, const char *subject, struct error *error) {
  struct kernel_mount_attr attr = { .attr_set = readonly ? ATTR_RDONLY : 0, .attr_clr = readonly ? 0 : ATTR_RDONLY };
  if (kernel_mount_setattr(mount_fd, 0, &attr) == 0) return 0;
  if (errno != ENOSYS || !readonly) return fail(error, "mount_setattr", errno, subject);
  struct restriction restriction = { .attributes = ATTR_RDONLY };
  return restrict_by_remount(mount_fd, &restriction, subject, error);
}
