#define _GNU_SOURCE
#include "confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp.h"

#define MAX_CAPABILITY 63
#define BIT(capability) (UINT64_C(1) << (capability))

static void warn_clamped(const struct rlimit_plan *wanted, warn_function *warn) {
  struct error warning = { .stage = "confine" };
  char text[64];
  snprintf(text, sizeof text, "limit %u clamped to the hard limit of this process", wanted->resource);
  fail(&warning, "setrlimit", EPERM, text);
  warn(&warning);
}

int confine_limits(const struct process_plan *process, warn_function *warn, struct error *error) {
  for (uint32_t i = 0; i < process->rlimit_count; i++) {
    const struct rlimit_plan *wanted = &process->rlimits[i];
    struct rlimit limit = { .rlim_cur = wanted->soft, .rlim_max = wanted->hard };
    struct rlimit now;
    char number[16];
    if (setrlimit((int)wanted->resource, &limit) == 0) continue;
    snprintf(number, sizeof number, "%u", wanted->resource);
    if (errno != EPERM || getrlimit((int)wanted->resource, &now) < 0) return fail(error, "setrlimit", errno, number);
    if (limit.rlim_max > now.rlim_max) limit.rlim_max = now.rlim_max;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    if (setrlimit((int)wanted->resource, &limit) < 0) return fail(error, "setrlimit", errno, number);
    warn_clamped(wanted, warn);
  }
  return 0;
}

/* All that is not in `mask` leaves the bounding set, up to the last one that the kernel knows. */
static int drop_bounding(uint64_t mask, struct error *error) {
  for (int capability = 0; capability <= MAX_CAPABILITY; capability++) {
    if ((mask & BIT(capability)) || prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL) return 0;
    /* Without CAP_SETPCAP not even one that is not there can be dropped. */
    int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) return 0;
    if (held > 0) return fail(error, "prctl", EPERM, "PR_CAPBSET_DROP");
  }
  return 0;
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2] = {
    { .effective = (uint32_t)effective, .permitted = (uint32_t)permitted, .inheritable = (uint32_t)inheritable },
    { .effective = (uint32_t)(effective >> 32),
      .permitted = (uint32_t)(permitted >> 32),
      .inheritable = (uint32_t)(inheritable >> 32) },
  };
  return (int)syscall(SYS_capset, &header, data);
}

static uint64_t permitted_now(void) {
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2] = { { 0 } };
  if (syscall(SYS_capget, &header, data) < 0) return 0;
  return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

static int change_identity(const struct identity *identity, struct error *error) {
  if (setgroups(identity->group_count, identity->groups) < 0) return fail(error, "setgroups", errno, "supplementary groups");
  if (setresgid(identity->gid, identity->gid, identity->gid) < 0) return fail(error, "setresgid", errno, "group");
  /* Otherwise the change of uid takes the capabilities that are still to be sorted. */
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return fail(error, "prctl", errno, "PR_SET_KEEPCAPS");
  if (setresuid(identity->uid, identity->uid, identity->uid) < 0) return fail(error, "setresuid", errno, "user");
  return 0;
}

static int raise_ambient(uint64_t mask, struct error *error) {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int capability = 0; capability <= MAX_CAPABILITY; capability++) {
    if (!(mask & BIT(capability))) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
      return fail(error, "prctl", errno, "PR_CAP_AMBIENT_RAISE");
  }
  return 0;
}

int confine_privileges(const struct process_plan *process, const struct identity *identity, struct error *error) {
  /* What the plan wants and this process does not have (a confined engine) can't be given. */
  uint64_t have = permitted_now();
  uint64_t permitted = process->permitted & have;
  uint64_t effective = process->effective & permitted;
  uint64_t inheritable = process->inheritable & have;
  uint64_t ambient = process->ambient & permitted & inheritable;
  /* What execve leaves to a user other than root, taken before it: the first program must be one that this user may execute,
   * and --init goes on without another execve. */
  if (identity->uid != 0) permitted = effective = ambient;
  if (drop_bounding(process->bounding, error) < 0) return -1;
  if (change_identity(identity, error) < 0) return -1;
  /* Loading a filter without no_new_privs needs CAP_SYS_ADMIN, so that one stays until the filter is in place; after
   * it, the filter has to allow nothing but capset and execve. */
  uint64_t admin = have & BIT(CAP_SYS_ADMIN);
  if (set_capabilities(effective | admin, permitted | admin, inheritable) < 0) return fail(error, "capset", errno, "capabilities");
  if (raise_ambient(ambient, error) < 0) return -1;
  if (process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return fail(error, "prctl", errno, "PR_SET_NO_NEW_PRIVS");
  /* Changing the uid cleared the one, and set the other to what the machine has for set-id programs (fs.suid_dumpable). */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return fail(error, "prctl", errno, "PR_SET_PDEATHSIG");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return fail(error, "prctl", errno, "PR_SET_DUMPABLE");
  if (seccomp_load(&process->seccomp, error) < 0) return -1;
  if (set_capabilities(effective, permitted, inheritable) < 0) return fail(error, "capset", errno, "capabilities");
  return 0;
}
