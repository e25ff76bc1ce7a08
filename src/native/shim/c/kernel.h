/* System calls that the C library may be too old to know (Debian 11 has glibc 2.31), with the numbers and layouts of
 * the kernel's uapi headers. Numbers above 423 are the same on all architectures. */
#ifndef GANTRY_KERNEL_H
#define GANTRY_KERNEL_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  NR_open_tree = 428,
  NR_move_mount = 429,
  NR_fsopen = 430,
  NR_fsconfig = 431,
  NR_fsmount = 432,
  NR_pidfd_open = 434,
  NR_clone3 = 435,
  NR_close_range = 436,
  NR_openat2 = 437,
  NR_mount_setattr = 442
};

/* linux/openat2.h */
struct kernel_open_how {
  uint64_t flags, mode, resolve;
};
#define IN_ROOT 0x10u /* RESOLVE_IN_ROOT */
#define NO_MAGICLINKS 0x02u
#define NO_SYMLINKS 0x04u
#define BENEATH 0x08u

/* linux/sched.h */
struct kernel_clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define NEW_TIME 0x80u /* CLONE_NEWTIME */
#define INTO_CGROUP 0x200000000ull /* CLONE_INTO_CGROUP */

/* linux/mount.h */
struct kernel_mount_attr {
  uint64_t attr_set, attr_clr, propagation, userns_fd;
};
#define ATTR_RDONLY 0x01u
#define ATTR_NOSUID 0x02u
#define ATTR_NODEV 0x04u
#define ATTR_NOEXEC 0x08u
#define ATTR_IDMAP 0x00100000u
#define TREE_CLONE 1u           /* OPEN_TREE_CLONE */
#define TREE_CLOEXEC 02000000u  /* OPEN_TREE_CLOEXEC */
#define EMPTY_PATH 0x1000u      /* AT_EMPTY_PATH */
#define TREE_RECURSIVE 0x8000u  /* AT_RECURSIVE */
#define MOVE_FROM_EMPTY 0x04u   /* MOVE_MOUNT_F_EMPTY_PATH */
#define MOVE_TO_EMPTY 0x40u     /* MOVE_MOUNT_T_EMPTY_PATH */
#define FS_CLOEXEC 1u           /* FSOPEN_CLOEXEC, FSMOUNT_CLOEXEC */
#define CONFIG_FLAG 0u          /* FSCONFIG_SET_FLAG */
#define CONFIG_STRING 1u        /* FSCONFIG_SET_STRING */
#define CONFIG_FD 5u            /* FSCONFIG_SET_FD */
#define CONFIG_CREATE 6u        /* FSCONFIG_CMD_CREATE */

/* linux/stat.h; what we do not read is only room */
struct kernel_statx {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint8_t before_inode[16];
  uint64_t inode;
  uint8_t before_mount_id[104];
  uint64_t mount_id;
  uint8_t rest[104];
};
#define STATX_INODE 0x100u              /* STATX_INO */
#define STATX_MOUNT_ID 0x1000u          /* STATX_MNT_ID, Linux 5.8 */
#define STATX_IS_MOUNT_ROOT 0x2000u     /* STATX_ATTR_MOUNT_ROOT, Linux 5.8 */

#define RANGE_CLOEXEC 4u /* CLOSE_RANGE_CLOEXEC */

/* `make old` builds a shim that finds none of the calls that have a fall-back, so that the fall-backs are tested. */
#ifdef OLD_KERNEL
#define KERNEL_HAS 0
#else
#define KERNEL_HAS 1
#endif

static inline int kernel_missing(void) {
  errno = ENOSYS;
  return -1;
}

static inline int kernel_open_tree(int directory, const char *path, unsigned flags) {
  return (int)syscall(NR_open_tree, directory, path, flags);
}

static inline int kernel_move_mount(int tree, int directory, const char *path) {
  return (int)syscall(NR_move_mount, tree, "", directory, path, MOVE_FROM_EMPTY | (path[0] ? 0 : MOVE_TO_EMPTY));
}

/* Nothing can stand in for idmapped mounts. */
static inline int kernel_mount_setattr(int tree, unsigned flags, const struct kernel_mount_attr *attr) {
  if (!KERNEL_HAS && !(attr->attr_set & ATTR_IDMAP)) return kernel_missing();
  return (int)syscall(NR_mount_setattr, tree, "", EMPTY_PATH | flags, attr, sizeof *attr);
}

static inline int kernel_fsopen(const char *type) {
  return (int)syscall(NR_fsopen, type, FS_CLOEXEC);
}

static inline int kernel_fsconfig(int fd, unsigned command, const char *key, const char *value) {
  return (int)syscall(NR_fsconfig, fd, command, key, value, 0);
}

static inline int kernel_fsmount(int fd) {
  return (int)syscall(NR_fsmount, fd, FS_CLOEXEC, 0);
}

static inline int kernel_openat2(int directory, const char *path, const struct kernel_open_how *how) {
  return (int)syscall(NR_openat2, directory, path, how, sizeof *how);
}

static inline int kernel_statx(int directory, const char *path, unsigned flags, struct kernel_statx *statx) {
  return (int)syscall(SYS_statx, directory, path, flags, STATX_INODE | STATX_MOUNT_ID, statx);
}

static inline int kernel_pidfd_open(pid_t pid) {
  return (int)syscall(NR_pidfd_open, pid, 0);
}

static inline pid_t kernel_clone3(const struct kernel_clone_args *args) {
  if (!KERNEL_HAS && (args->flags & INTO_CGROUP)) return kernel_missing();
  return (pid_t)syscall(NR_clone3, args, sizeof *args);
}

static inline int kernel_close_range(unsigned first, unsigned last, unsigned flags) {
  if (!KERNEL_HAS) return kernel_missing();
  return (int)syscall(NR_close_range, first, last, flags);
}

#endif
