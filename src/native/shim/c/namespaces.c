#define _GNU_SOURCE
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "kernel.h"

static const char procs_name[] = "cgroup.procs";

static void places_clear(struct places *places, int pidfd) {
  for (int i = 0; i < MAX_JOINS; i++) places->joins[i] = -1;
  for (int i = 0; i < MAX_CGROUPS; i++) places->cgroups[i] = -1;
  places->cgroup_directory = -1;
  places->pidfd = pidfd;
}

/* With v1 a single thread that writes itself into `tasks` spares the kernel the lock over all processes, for which
 * `cgroup.procs` waits milliseconds; init has one thread. With v2, which has no such file, the directory goes to clone3. */
static int open_cgroup(const char *procs, struct places *places, int index, struct error *error) {
  struct statfs filesystem;
  size_t length = strlen(procs);
  size_t name = sizeof procs_name - 1;
  if (length <= name || strcmp(procs + length - name, procs_name) != 0) return fail(error, "open", EINVAL, procs);
  cleanup_free char *path = strndup(procs, length);
  if (!path) return fail(error, "malloc", ENOMEM, procs);
  strcpy(path + length - name, "tasks");
  places->cgroups[index] = open(path, O_WRONLY | O_CLOEXEC);
  if (places->cgroups[index] >= 0) return 0;
  path[length - name] = '\0';
  cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(error, "open", errno, procs);
  if (fstatfs(fd, &filesystem) == 0 && filesystem.f_type == CGROUP2_SUPER_MAGIC) {
    places->cgroup_directory = fd;
    fd = -1;
    return 0;
  }
  places->cgroups[index] = openat(fd, procs_name, O_WRONLY | O_CLOEXEC);
  return places->cgroups[index] < 0 ? fail(error, "open", errno, procs) : 0;
}

/* The namespaces' process still is the one that the engine meant: a pid that is looked up later may be another's. */
static int check_alive(int pidfd, struct error *error) {
  struct pollfd state = { .fd = pidfd, .events = POLLIN };
  if (poll(&state, 1, 0) != 0) return fail(error, "pidfd", ESRCH, "the container's init has ended");
  return 0;
}

int places_open(const struct plan *plan, int pidfd, struct places *places, struct error *error) {
  places_clear(places, pidfd);
  error->stage = "namespaces";
  if (plan->from_pidfd && check_alive(pidfd, error) < 0) return -1;
  for (uint32_t i = 0; i < plan->join_count; i++) {
    places->joins[i] = open(plan->joins[i].path, O_RDONLY | O_CLOEXEC);
    if (places->joins[i] < 0) return fail(error, "open", errno, plan->joins[i].path);
  }
  error->stage = "cgroup";
  for (uint32_t i = 0; i < plan->cgroup_procs.count; i++)
    if (open_cgroup(plan->cgroup_procs.items[i], places, (int)i, error) < 0) return -1;
  return 0;
}

void places_close(const struct plan *plan, const struct places *places) {
  for (uint32_t i = 0; i < plan->join_count; i++) close_fd_at(&places->joins[i]);
  for (uint32_t i = 0; i < plan->cgroup_procs.count; i++) close_fd_at(&places->cgroups[i]);
  close_fd_at(&places->cgroup_directory);
  close_fd_at(&places->pidfd);
}

/* A pid namespace is joined by the parent: what it makes afterwards is inside. */
static int join_pid_namespace(const struct plan *plan, const struct places *places, struct error *error) {
  if ((plan->from_pidfd & CLONE_NEWPID) && setns(places->pidfd, CLONE_NEWPID) < 0)
    return fail(error, "setns", errno, "pid namespace of the container");
  for (uint32_t i = 0; i < plan->join_count; i++) {
    if (plan->joins[i].kind != CLONE_NEWPID) continue;
    if (setns(places->joins[i], CLONE_NEWPID) < 0) return fail(error, "setns", errno, plan->joins[i].path);
  }
  return 0;
}

/* CLONE_INTO_CGROUP may be refused (Linux before 5.7, a v1 directory among others): init then writes itself in. */
static pid_t clone_init(const struct plan *plan, struct places *places, bool for_parent, struct error *error) {
  /* A cgroup namespace gets its root from where init is, so it is made when init is there. */
  struct kernel_clone_args args = { .flags = plan->unshare & ~(uint32_t)(CLONE_NEWCGROUP | NEW_TIME), .exit_signal = SIGCHLD };
  if (for_parent) {
    args.flags |= CLONE_PARENT;
    args.exit_signal = 0; /* becomes that of the process that clones */
  }
  if (places->cgroup_directory >= 0) {
    args.flags |= INTO_CGROUP;
    args.cgroup = (uint64_t)places->cgroup_directory;
    pid_t pid = kernel_clone3(&args);
    if (pid >= 0) return pid;
    args.flags &= ~INTO_CGROUP;
    args.cgroup = 0;
    int procs = openat(places->cgroup_directory, procs_name, O_WRONLY | O_CLOEXEC);
    if (procs < 0) return fail(error, "open", errno, procs_name);
    close(places->cgroup_directory);
    places->cgroup_directory = -1;
    for (uint32_t i = 0; i < plan->cgroup_procs.count; i++) {
      if (places->cgroups[i] >= 0) continue;
      places->cgroups[i] = procs;
      break;
    }
  }
  pid_t pid = kernel_clone3(&args);
  return pid < 0 ? fail(error, "clone3", errno, "init") : pid;
}

/* time_namespaces(7): whoever unshares stays where it is, its children are born inside, and the offsets are fixed when
 * the first one is. */
static int make_time_namespace(const struct plan *plan, struct error *error) {
  if (unshare((int)NEW_TIME) < 0) return fail(error, "unshare", errno, "time namespace");
  if (!plan->time_offsets[0]) return 0;
  static const char offsets[] = "/proc/self/timens_offsets";
  cleanup_close int fd = open(offsets, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fail(error, "open", errno, offsets);
  if (write(fd, plan->time_offsets, strlen(plan->time_offsets)) < 0) return fail(error, "write", errno, offsets);
  return 0;
}

static int open_own(bool wanted, const char *path, int *fd, struct error *error) {
  if (!wanted) return 0;
  *fd = open(path, O_RDONLY | O_CLOEXEC);
  return *fd < 0 ? fail(error, "open", errno, path) : 0;
}

static int joined_user_namespace(const struct plan *plan, const struct places *places) {
  for (uint32_t i = 0; i < plan->join_count; i++)
    if (plan->joins[i].kind == CLONE_NEWUSER) return places->joins[i];
  return -1;
}

static pid_t clone_behind(const struct plan *plan, struct places *places, int user, struct error *error) {
  if (join_pid_namespace(plan, places, error) < 0) return -1;
  if (setns(user, CLONE_NEWUSER) < 0) return fail(error, "setns", errno, "user namespace of the other container");
  return clone_init(plan, places, true, error);
}

/* Namespaces belong to the user namespace that they were made in, and there is no way back from one: a process between us
 * and init goes there, and makes init our child. */
static pid_t clone_in_user_namespace(const struct plan *plan, struct places *places, int user, struct error *error) {
  struct {
    pid_t pid;
    struct error error;
  } birth = { .pid = -1 };
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return fail(error, "pipe", errno, "init");
  pid_t between = fork();
  if (between == 0) {
    birth.error.stage = "namespaces";
    birth.pid = clone_behind(plan, places, user, &birth.error);
    if (birth.pid != 0 && write(ends[1], &birth, sizeof birth) != sizeof birth) _exit(1);
    if (birth.pid != 0) _exit(0);
    close(ends[0]);
    close(ends[1]);
    return 0;
  }
  int number = errno;
  close(ends[1]);
  ssize_t got = between < 0 ? 0 : read(ends[0], &birth, sizeof birth);
  close(ends[0]);
  if (between < 0) return fail(error, "fork", number, "init");
  waitpid(between, NULL, 0);
  if (got != sizeof birth) return fail(error, "clone3", 0, "the process between monitor and init has ended");
  if (birth.pid < 0) *error = birth.error;
  return birth.pid;
}

pid_t namespaces_clone(const struct plan *plan, struct places *places, struct error *error) {
  error->stage = "namespaces";
  int user = joined_user_namespace(plan, places);
  cleanup_close int own_pid = -1;
  cleanup_close int own_time = -1;
  bool makes_time = plan->unshare & NEW_TIME;
  if (open_own(user < 0 && plan_joins(plan, CLONE_NEWPID), "/proc/self/ns/pid", &own_pid, error) < 0) return -1;
  if (open_own(makes_time, "/proc/self/ns/time", &own_time, error) < 0) return -1;
  if (own_pid >= 0 && join_pid_namespace(plan, places, error) < 0) return -1;
  if (makes_time && make_time_namespace(plan, error) < 0) return -1;
  pid_t pid = user >= 0 ? clone_in_user_namespace(plan, places, user, error) : clone_init(plan, places, false, error);
  if (pid <= 0) return pid;
  /* The cleanup command that this process starts one day belongs to the host again. */
  bool back = (own_pid < 0 || setns(own_pid, CLONE_NEWPID) == 0) && (own_time < 0 || setns(own_time, (int)NEW_TIME) == 0);
  if (back) return pid;
  int number = errno;
  kill(pid, SIGKILL);
  return fail(error, "setns", number, "own namespaces");
}

static int join_others(const struct plan *plan, const struct places *places, struct error *error) {
  for (uint32_t i = 0; i < plan->join_count; i++) {
    uint32_t kind = plan->joins[i].kind;
    if (kind == CLONE_NEWPID || kind == CLONE_NEWNS || kind == CLONE_NEWUSER) continue;
    if (setns(places->joins[i], (int)kind) < 0) return fail(error, "setns", errno, plan->joins[i].path);
  }
  /* The mount namespace last: the paths of the others are the host's. */
  for (uint32_t i = 0; i < plan->join_count; i++) {
    if (plan->joins[i].kind != CLONE_NEWNS) continue;
    if (setns(places->joins[i], CLONE_NEWNS) < 0) return fail(error, "setns", errno, plan->joins[i].path);
  }
  uint32_t others = plan->from_pidfd & ~(uint32_t)CLONE_NEWPID;
  if (others && setns(places->pidfd, (int)others) < 0)
    return fail(error, "setns", errno, "namespaces of the container");
  return 0;
}

int namespaces_enter(const struct plan *plan, const struct places *places, struct error *error) {
  error->stage = "cgroup";
  for (uint32_t i = 0; i < plan->cgroup_procs.count; i++) {
    if (places->cgroups[i] < 0) continue;
    if (write(places->cgroups[i], "0", 1) < 0) return fail(error, "write", errno, plan->cgroup_procs.items[i]);
  }
  error->stage = "namespaces";
  if ((plan->unshare & CLONE_NEWCGROUP) && unshare(CLONE_NEWCGROUP) < 0)
    return fail(error, "unshare", errno, "cgroup namespace");
  if (join_others(plan, places, error) < 0) return -1;
  if (plan->hostname[0] && sethostname(plan->hostname, strlen(plan->hostname)) < 0)
    return fail(error, "sethostname", errno, plan->hostname);
  if (plan->domainname[0] && setdomainname(plan->domainname, strlen(plan->domainname)) < 0)
    return fail(error, "setdomainname", errno, plan->domainname);
  return 0;
}
