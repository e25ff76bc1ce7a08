#define _GNU_SOURCE
#include "mountns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "cleanup.h"
#include "kernel.h"

static int identify_root(struct kernel_statx *status, struct error *error) {
  return kernel_statx(AT_FDCWD, "/", 0, status) < 0 ? fail(error, "statx", errno, "/") : 0;
}

/* setns leads to the root of the namespace, whatever `/` was before. Whoever is let back there later, as an exec is and as a
 * process that breaks out of a chroot of its own, must find the rootfs and nothing around it. */
static int check_root(struct error *error) {
  struct kernel_statx before = { 0 };
  struct kernel_statx after = { 0 };
  if (identify_root(&before, error) < 0) return -1;
  cleanup_close int self = kernel_pidfd_open(getpid());
  if (self < 0) return fail(error, "pidfd_open", errno, "self");
  if (setns(self, CLONE_NEWNS) < 0) return fail(error, "setns", errno, "own mount namespace");
  if (identify_root(&after, error) < 0) return -1;
  if (before.mount_id == after.mount_id && before.inode == after.inode) return 0;
  return fail(error, "chroot", EPERM, "around gantry: containers could get out of it (see gantry doctor)");
}

int mountns_cut(unsigned long propagation, struct error *error) {
  if (check_root(error) < 0) return -1;
  return mount(NULL, "/", NULL, propagation | MS_REC, NULL) < 0 ? fail(error, "mount", errno, "/") : 0;
}
