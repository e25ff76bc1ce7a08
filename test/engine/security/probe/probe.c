#define _GNU_SOURCE
#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

void fact(const char *value, const char *subject_format, ...) {
  va_list arguments;
  va_start(arguments, subject_format);
  vprintf(subject_format, arguments);
  va_end(arguments);
  printf("=%s\n", value);
}

static const char *const capabilities[] = {
  "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
  "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
  "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
  "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
  "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
  "CHECKPOINT_RESTORE",
};

/* A line each: `capability.effective.CHOWN=yes`. */
static void print_set(const char *set, unsigned long long mask) {
  for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++)
    fact(mask >> i & 1 ? "yes" : "no", "capability.%s.%s", set, capabilities[i]);
}

/* Lines of /proc/self/status, which say it for the kernel. */
static void probe_status(void) {
  char line[4096];
  unsigned long long mask;
  FILE *file = fopen("/proc/self/status", "re");
  while (file && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (!value) continue;
    *value++ = '\0';
    value += strspn(value, " \t");
    value[strcspn(value, "\n")] = '\0';
    mask = strtoull(value, NULL, 16);
    if (strcmp(line, "CapInh") == 0) print_set("inheritable", mask);
    if (strcmp(line, "CapPrm") == 0) print_set("permitted", mask);
    if (strcmp(line, "CapEff") == 0) print_set("effective", mask);
    if (strcmp(line, "CapBnd") == 0) print_set("bounding", mask);
    if (strcmp(line, "CapAmb") == 0) print_set("ambient", mask);
    static const char *const wanted[] = { "Uid", "Gid", "Groups", "Umask", "NoNewPrivs", "Seccomp", "Seccomp_filters", "SigBlk",
                                          "SigIgn", "SigCgt", "CoreDumping", "THP_enabled", "Speculation_Store_Bypass" };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
      if (strcmp(line, wanted[i]) == 0) fact(value, "status.%s", line);
  }
  if (file) fclose(file);
}

static void probe_limits(void) {
  static const char *const names[] = { "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS",
                                       "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME" };
  for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
    struct rlimit limit;
    char text[64];
    if (getrlimit((__rlimit_resource_t)i, &limit) < 0) continue;
    snprintf(text, sizeof text, "%lld:%lld", (long long)limit.rlim_cur, (long long)limit.rlim_max);
    fact(text, "rlimit.%s", names[i]);
  }
}

/* Whether it is another namespace than the one that the caller gave as NS_<name> in the environment. */
static void probe_namespaces(void) {
  static const char *const names[] = { "mnt", "pid", "net", "ipc", "uts", "cgroup", "user", "time" };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[64], link[64], variable[16];
    snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
    snprintf(variable, sizeof variable, "NS_%s", names[i]);
    ssize_t length = readlink(path, link, sizeof link - 1);
    const char *host = getenv(variable);
    if (length < 0 || !host) continue;
    link[length] = '\0';
    fact(strcmp(link, host) == 0 ? "host" : "own", "namespace.%s", names[i]);
  }
}

static void probe_descriptors(void) {
  char path[64], link[256], number[16];
  for (int fd = 0; fd < 1024; fd++) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) continue;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, link, sizeof link - 1);
    link[length < 0 ? 0 : length] = '\0';
    /* A pipe's number says nothing. */
    if (strncmp(link, "pipe:", 5) == 0 || strncmp(link, "socket:", 7) == 0) *strchr(link, ':') = '\0';
    snprintf(number, sizeof number, ":%d", flags & O_ACCMODE);
    strcat(link, number);
    fact(link, "descriptor.%d", fd);
  }
}

static void probe_environment(void) {
  for (char **entry = environ; *entry; entry++)
    if (strncmp(*entry, "NS_", 3) != 0) {
      char *equals = strchr(*entry, '=');
      if (equals) fact(equals + 1, "environment.%.*s", (int)(equals - *entry), *entry);
    }
}

static void number(const char *subject, long long value) {
  char text[32];
  snprintf(text, sizeof text, "%lld", value);
  fact(text, "%s", subject);
}

static void probe_signals(void) {
  for (int signal = 1; signal < 65; signal++) {
    struct sigaction action;
    if (sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN) fact("ignored", "signal.%d", signal);
  }
}

static void probe_cgroup(void) {
  char line[4096];
  FILE *file = fopen("/proc/self/cgroup", "re");
  while (file && fgets(line, sizeof line, file)) {
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) continue;
    *path++ = '\0';
    path[strcspn(path, "\n")] = '\0';
    fact(path, "cgroup.%s", controllers + 1);
  }
  if (file) fclose(file);
}

void probe_self(void) {
  struct utsname name;
  char text[4096];
  unsigned parameter = 0;
  uname(&name);
  probe_status();
  probe_limits();
  probe_namespaces();
  probe_descriptors();
  probe_environment();
  probe_signals();
  probe_cgroup();
  fact(name.nodename, "hostname");
  fact(name.domainname, "domainname");
  fact(getcwd(text, sizeof text) ? text : "none", "cwd");
  fact(getpid() == 1 ? "1" : "later", "pid");
  number("session-leader", getsid(0) == getpid());
  number("group-leader", getpgrp() == getpid());
  number("personality", personality(0xffffffff));
  number("dumpable", prctl(PR_GET_DUMPABLE));
  number("pdeathsig", prctl(PR_GET_PDEATHSIG, &parameter) < 0 ? -1 : (long long)parameter);
  number("securebits", prctl(PR_GET_SECUREBITS));
  number("keepcaps", prctl(PR_GET_KEEPCAPS));
  number("subreaper", prctl(PR_GET_CHILD_SUBREAPER, &parameter) < 0 ? -1 : (long long)parameter);
  number("timerslack", prctl(PR_GET_TIMERSLACK));
  number("nice", getpriority(PRIO_PROCESS, 0));
}

int main(int argc, char **argv) {
  /* A container to exec into. It ends by SIGKILL only. */
  while (argc > 1 && strcmp(argv[1], "wait") == 0) pause();
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  probe_self();
  probe_mounts();
  probe_devices();
  probe_files();
  probe_syscalls();
  fact("yes", "complete");
  return fflush(stdout) != 0;
}
