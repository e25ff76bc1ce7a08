#define _GNU_SOURCE
#include "userns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "idmap.h"
#include "oom.h"

int userns_give_pipes(const struct plan *plan, const int fds[3], struct error *error) {
  if (!plan->has_user) return 0;
  uid_t uid = idmap_outside(&plan->user.uids, 0);
  gid_t gid = idmap_outside(&plan->user.gids, 0);
  for (int i = 0; i < 3; i++) {
    struct stat status;
    if (fds[i] < 0 || fstat(fds[i], &status) < 0 || !S_ISFIFO(status.st_mode)) continue;
    if (fchown(fds[i], uid, gid) < 0) return fail(error, "fchown", errno, "stdio");
  }
  return 0;
}

/* What is refused here, init tries again: it says then what it made of it. */
static void raise_limits(const struct plan *plan, pid_t init) {
  for (uint32_t i = 0; i < plan->process.rlimit_count; i++) {
    const struct rlimit_plan *wanted = &plan->process.rlimits[i];
    struct rlimit limit = { .rlim_cur = wanted->soft, .rlim_max = wanted->hard };
    prlimit(init, (int)wanted->resource, &limit, NULL);
  }
}

int userns_grant(const struct plan *plan, pid_t init, warn_function *warn, struct error *error) {
  char path[48];
  error->stage = "namespaces";
  if ((plan->unshare & CLONE_NEWUSER) && idmap_write(init, &plan->user, error) < 0) return -1;
  oom_set_planned_score(&plan->process, init, warn);
  raise_limits(plan, init);
  snprintf(path, sizeof path, "/proc/%d/ns/user", init);
  int namespace = open(path, O_RDONLY | O_CLOEXEC);
  return namespace < 0 ? fail(error, "open", errno, path) : namespace;
}

int userns_become_root(struct error *error) {
  error->stage = "namespaces";
  if (setgroups(0, NULL) < 0) return fail(error, "setgroups", errno, "root of the user namespace");
  if (setresgid(0, 0, 0) < 0) return fail(error, "setresgid", errno, "root of the user namespace");
  if (setresuid(0, 0, 0) < 0) return fail(error, "setresuid", errno, "root of the user namespace");
  /* The change of ids cleared the one, and set the other to fs.suid_dumpable. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return fail(error, "prctl", errno, "PR_SET_PDEATHSIG");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return fail(error, "prctl", errno, "PR_SET_DUMPABLE");
  return 0;
}
