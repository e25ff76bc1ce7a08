/* Mounts, devices, and files of /proc and /sys. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "probe.h"

/* mountinfo: 36 35 98:0 /root /target options [tags] - type source super-options. The order is the kernel's own. */
void probe_mounts(void) {
  char line[8192];
  FILE *file = fopen("/proc/self/mountinfo", "re");
  while (file && fgets(line, sizeof line, file)) {
    char *fields[6] = { 0 }, *at = line, *tail = strstr(line, " - ");
    if (!tail) continue;
    *tail = '\0';
    for (int i = 0; i < 6; i++) fields[i] = strsep(&at, " ");
    tail += 3;
    char *type = strsep(&tail, " "), *source = strsep(&tail, " "), *super = strsep(&tail, "\n");
    /* Super options of these name places of the host or depend on its sizes. */
    if (strcmp(type, "overlay") == 0 || strcmp(type, "ext4") == 0) super = source = "-";
    char value[4096];
    snprintf(value, sizeof value, "%s %s %s %s %s", type, fields[5], source, super, at ? at : "");
    fact(value, "mount.%s", fields[4]);
  }
  if (file) fclose(file);
}

static const char *can_open(const char *path, int flags) {
  int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return error_name(errno);
  close(fd);
  return "ok";
}

/* Opening some devices does something (a watchdog starts, a tape rewinds): only those that every container has. */
static int is_harmless(const struct stat *status) {
  return S_ISCHR(status->st_mode) && (major(status->st_rdev) == 1 || major(status->st_rdev) == 5) && status->st_rdev != makedev(1, 1) &&
         status->st_rdev != makedev(1, 2) && status->st_rdev != makedev(1, 4);
}

static void probe_device(const char *path) {
  struct stat status;
  char value[512], link[256] = "";
  if (lstat(path, &status) < 0) return;
  const char *kind = S_ISCHR(status.st_mode) ? "c" : S_ISBLK(status.st_mode) ? "b" : S_ISLNK(status.st_mode) ? "l" : S_ISDIR(status.st_mode) ? "d" : "f";
  if (S_ISLNK(status.st_mode)) {
    ssize_t length = readlink(path, link, sizeof link - 1);
    link[length < 0 ? 0 : length] = '\0';
  }
  snprintf(value, sizeof value, "%s %u:%u %04o %u:%u %s%s", kind, major(status.st_rdev), minor(status.st_rdev),
           status.st_mode & 07777, status.st_uid, status.st_gid, link, is_harmless(&status) ? can_open(path, O_RDWR) : "");
  fact(value, "device.%s", path);
}

/* A device that is made here says what the device rules of the cgroup let through. */
static void probe_made(int kind, unsigned major_number, unsigned minor_number) {
  char path[64], value[64];
  snprintf(path, sizeof path, "/probe-%c-%u-%u", kind == S_IFBLK ? 'b' : 'c', major_number, minor_number);
  const char *made = mknod(path, (mode_t)kind | 0600, makedev(major_number, minor_number)) == 0 ? "ok" : error_name(errno);
  /* Read-only and only where opening does nothing. */
  snprintf(value, sizeof value, "mknod %s open %s", made, strcmp(made, "ok") == 0 ? can_open(path, O_RDONLY) : "-");
  unlink(path);
  fact(value, "made.%c.%u:%u", kind == S_IFBLK ? 'b' : 'c', major_number, minor_number);
}

void probe_devices(void) {
  DIR *directory = opendir("/dev");
  struct dirent *entry;
  char path[300];
  while (directory && (entry = readdir(directory))) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    probe_device(path);
  }
  if (directory) closedir(directory);
  probe_made(S_IFCHR, 1, 1);   /* mem */
  probe_made(S_IFCHR, 1, 3);   /* null */
  probe_made(S_IFCHR, 1, 11);  /* kmsg */
  probe_made(S_IFCHR, 5, 1);   /* console */
  probe_made(S_IFCHR, 5, 2);   /* ptmx */
  probe_made(S_IFCHR, 10, 200); /* net/tun */
  probe_made(S_IFCHR, 10, 229); /* fuse */
  probe_made(S_IFCHR, 136, 0); /* pts/0 */
  probe_made(S_IFBLK, 7, 0);   /* loop0 */
  probe_made(S_IFBLK, 8, 0);   /* sda */
  probe_made(S_IFBLK, 254, 0); /* vda */
}

/* `r` readable with content, `e` empty, `w` writable; opened, never written to. */
static void probe_file(const char *path) {
  struct stat status;
  char value[128], byte;
  if (lstat(path, &status) < 0) {
    fact(error_name(errno), "file.%s", path);
    return;
  }
  if (S_ISDIR(status.st_mode)) {
    DIR *directory = opendir(path);
    int count = 0;
    while (directory && readdir(directory)) count++;
    if (directory) closedir(directory);
    snprintf(value, sizeof value, "directory %04o %s", status.st_mode & 07777, !directory ? "closed" : count > 2 ? "filled" : "empty");
    fact(value, "file.%s", path);
    return;
  }
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const char *reads = fd < 0 ? error_name(errno) : "ok";
  if (fd >= 0) {
    ssize_t got = read(fd, &byte, 1);
    reads = got > 0 ? "ok" : got == 0 ? "empty" : error_name(errno);
    close(fd);
  }
  snprintf(value, sizeof value, "%s %04o read %s write %s", S_ISCHR(status.st_mode) ? "character" : "file", status.st_mode & 07777, reads,
           can_open(path, O_WRONLY));
  fact(value, "file.%s", path);
}

static const char *const files[] = {
  "/proc/acpi", "/proc/asound", "/proc/bus", "/proc/cmdline", "/proc/config.gz", "/proc/cpuinfo", "/proc/fs", "/proc/interrupts", "/proc/iomem",
  "/proc/ioports", "/proc/irq", "/proc/irq/default_smp_affinity", "/proc/kallsyms", "/proc/kcore", "/proc/key-users", "/proc/keys", "/proc/kmsg",
  "/proc/kpagecount", "/proc/kpageflags", "/proc/latency_stats", "/proc/loadavg", "/proc/meminfo", "/proc/modules", "/proc/mtrr", "/proc/pagetypeinfo",
  "/proc/sched_debug", "/proc/scsi", "/proc/slabinfo", "/proc/sys/dev/cdrom/lock", "/proc/sys/fs/binfmt_misc", "/proc/sys/fs/file-max",
  "/proc/sys/kernel/cap_last_cap", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/core_pipe_limit", "/proc/sys/kernel/domainname",
  "/proc/sys/kernel/hostname", "/proc/sys/kernel/kptr_restrict", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/ns_last_pid", "/proc/sys/kernel/panic",
  "/proc/sys/kernel/poweroff_cmd", "/proc/sys/kernel/shmmax", "/proc/sys/kernel/sysrq", "/proc/sys/kernel/usermodehelper/bset",
  "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/ip_unprivileged_port_start", "/proc/sys/user/max_user_namespaces", "/proc/sys/vm/drop_caches",
  "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/panic_on_oom", "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats", "/proc/vmallocinfo",
  "/proc/vmcore", "/proc/vmstat", "/proc/zoneinfo", "/proc/1/environ", "/proc/self/attr/current", "/proc/self/attr/exec", "/proc/self/mem",
  "/proc/self/oom_score_adj", "/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/timens_offsets", "/sys/block", "/sys/bus/pci", "/sys/class/net",
  "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/bpf", "/sys/fs/selinux", "/sys/hypervisor", "/sys/kernel/debug", "/sys/kernel/tracing",
  "/sys/kernel/security", "/sys/kernel/config", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/notes", "/sys/kernel/uevent_helper",
  "/sys/kernel/uevent_seqnum", "/sys/kernel/vmcoreinfo", "/sys/kernel/kexec_loaded", "/sys/kernel/profiling", "/sys/kernel/rcu_expedited",
  "/sys/module", "/sys/power/state", "/sys/power/wakeup_count", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
};

/* What root could write to by its mode and its mount. Not opened: there is too much that might do something. */
static void walk(const char *path, int depth, int *writable) {
  DIR *directory = opendir(path);
  struct dirent *entry;
  while (directory && (entry = readdir(directory))) {
    char child[4096];
    struct stat status;
    /* Processes come and go. */
    if (entry->d_name[0] == '.' || (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && strcmp(path, "/proc") == 0)) continue;
    snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
    if (lstat(child, &status) < 0) continue;
    if (S_ISDIR(status.st_mode) && depth > 0) walk(child, depth - 1, writable);
    if (!S_ISREG(status.st_mode) || !(status.st_mode & 0222) || access(child, W_OK) < 0) continue;
    ++*writable;
    if (strncmp(child, "/proc/", 6) == 0) fact("yes", "writable.%s", child);
  }
  if (directory) closedir(directory);
}

void probe_files(void) {
  int in_proc = 0, in_sys = 0;
  char text[32];
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) probe_file(files[i]);
  walk("/proc", 8, &in_proc);
  walk("/sys", 8, &in_sys);
  snprintf(text, sizeof text, "%s", in_sys == 0 ? "none" : "some");
  fact(text, "writable./sys");
}
