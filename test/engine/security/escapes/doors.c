/* doors: tries every known way from a container to the kernel and the host, and tells for each what came of it. What would do
 * harm if it worked is opened and not written to. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *door, long result) {
  printf("%s %s\n", door, result < 0 ? strerrorname_np(errno) : "OPEN");
}

static void tell_file(const char *door, const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  tell(door, fd);
  if (fd >= 0) close(fd);
}

static void tell_device(const char *door, mode_t kind, unsigned major_number, unsigned minor_number) {
  unlink("/door");
  if (mknod("/door", kind | 0600, makedev(major_number, minor_number)) < 0) {
    tell(door, -1);
    return;
  }
  tell_file(door, "/door", O_RDONLY);
  unlink("/door");
}

static void files(void) {
  tell_file("core_pattern", "/proc/sys/kernel/core_pattern", O_WRONLY);
  tell_file("modprobe", "/proc/sys/kernel/modprobe", O_WRONLY);
  tell_file("usermodehelper", "/proc/sys/kernel/usermodehelper/bset", O_WRONLY);
  tell_file("sysrq", "/proc/sysrq-trigger", O_WRONLY);
  tell_file("sysrq_mask", "/proc/sys/kernel/sysrq", O_WRONLY);
  tell_file("panic", "/proc/sys/kernel/panic", O_WRONLY);
  tell_file("binfmt_register", "/proc/sys/fs/binfmt_misc/register", O_WRONLY);
  tell_file("irq", "/proc/irq/default_smp_affinity", O_WRONLY);
  tell_file("hotplug", "/sys/kernel/uevent_helper", O_WRONLY);
  tell_file("uevent", "/sys/class/mem/null/uevent", O_WRONLY);
  tell_file("rcu", "/sys/kernel/rcu_expedited", O_WRONLY);
  tell_file("hugepages", "/sys/kernel/mm/transparent_hugepage/enabled", O_WRONLY);
  tell_file("mem", "/dev/mem", O_RDONLY);
  tell_file("kmsg", "/dev/kmsg", O_RDONLY);
  tell_file("host_mounts", "/proc/1/root/../../../../../../var/lib/gantry", O_RDONLY);
}

static void devices(void) {
  tell_device("mknod_disk", S_IFBLK, 8, 0);
  tell_device("mknod_virtio", S_IFBLK, 254, 0);
  tell_device("mknod_loop", S_IFBLK, 7, 0);
  tell_device("mknod_mem", S_IFCHR, 1, 1);
  tell_device("mknod_kmsg", S_IFCHR, 1, 11);
  tell_device("mknod_fuse", S_IFCHR, 10, 229);
}

static void mounts(void) {
  mkdir("/place", 0755);
  tell("mount_proc", mount("proc", "/place", "proc", 0, NULL));
  /* Writable: where they may be mounted, their flags become those of the one file system that the machine has. */
  tell("mount_debugfs", mount("debugfs", "/place", "debugfs", 0, NULL));
  tell("mount_tracefs", mount("tracefs", "/place", "tracefs", 0, NULL));
  tell("mount_bpf", mount("bpf", "/place", "bpf", 0, NULL));
  tell("mount_cgroup", mount("cgroup", "/place", "cgroup", 0, "devices"));
  tell("mount_bind", mount("/proc", "/place", NULL, MS_BIND | MS_REC, NULL));
  tell("remount_sys", mount(NULL, "/sys", NULL, MS_REMOUNT | MS_BIND, NULL));
  tell("umount_mask", umount2("/proc/keys", MNT_DETACH));
  tell("umount_readonly", umount2("/proc/sys", MNT_DETACH));
  tell("pivot_root", syscall(SYS_pivot_root, "/", "/"));
  tell("open_tree", syscall(428, AT_FDCWD, "/", 1));
  tell("fsopen", syscall(430, "proc", 0));
  while (umount2("/place", MNT_DETACH) == 0) continue;
}

static void namespaces(void) {
  int self = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  tell("setns", setns(self, CLONE_NEWNS));
  if (fork() == 0) {
    tell("unshare_user", unshare(CLONE_NEWUSER));
    _exit(0);
  }
  wait(NULL);
  struct {
    struct file_handle handle;
    unsigned char bytes[8];
  } root = { .handle = { .handle_bytes = 8, .handle_type = 1 }, .bytes = { 2 } };
  int anchor = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
  /* The host's root directory has inode 2: what shocker did. */
  tell("open_by_handle", open_by_handle_at(anchor, &root.handle, O_RDONLY | O_CLOEXEC));
}

static void calls(void) {
  struct sockaddr_storage none = { 0 };
  tell("keyring", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
  tell("add_key", syscall(SYS_add_key, "user", "door", "x", 1, KEY_SPEC_PROCESS_KEYRING));
  tell("bpf", syscall(SYS_bpf, 0, &none, 16));
  tell("perf", syscall(SYS_perf_event_open, &none, 0, -1, -1, 0));
  tell("userfaultfd", syscall(SYS_userfaultfd, 0));
  tell("io_uring", syscall(425, 1, &none));
  tell("af_alg", socket(38, SOCK_SEQPACKET, 0));
  tell("af_vsock", socket(40, SOCK_STREAM, 0));
  tell("init_module", syscall(SYS_init_module, "", 0, ""));
  tell("kexec", syscall(SYS_kexec_load, 0, 0, &none, ~0UL));
  tell("iopl", syscall(SYS_iopl, 0));
  tell("syslog", syscall(SYS_syslog, 10, 0, 0));
  tell("swapon", syscall(SYS_swapon, "/nowhere", 0));
  tell("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  tell("sethostname", sethostname("door", 4));
  tell("settime", syscall(SYS_clock_settime, 0, &none));
  tell("quotactl", syscall(SYS_quotactl, 0x800002 << 8, "/", 0, 0));
  tell("tiocsti", ioctl(0, TIOCSTI, "x"));
  tell_file("tty", "/dev/tty", O_RDWR);
}

/* doors session: only says which keyring it has, and does nothing. */
int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "session") == 0)
    return printf("%ld\n", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)) < 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  files();
  devices();
  mounts();
  namespaces();
  calls();
  /* The old way out of a chroot; behind pivot_root it ends where it began. */
  mkdir("/jail", 0755);
  struct stat before, after;
  stat("/", &before);
  int way = chroot("/jail");
  for (int i = 0; i < 64; i++) way |= chdir("..");
  way |= chroot(".");
  stat("/", &after);
  errno = EXDEV;
  tell("chroot", way == 0 && (before.st_ino != after.st_ino || before.st_dev != after.st_dev) ? 0 : -1);
  puts("end");
  return 0;
}
