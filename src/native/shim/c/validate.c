#define _GNU_SOURCE
#include "validate.h"

#include <sched.h>

#include "kernel.h"

static bool has_user_namespace(const struct plan *plan) {
  return plan_joins(plan, CLONE_NEWUSER) || (plan->unshare & CLONE_NEWUSER);
}

static const char *mount_contradiction(const struct plan *plan) {
  if (!(plan->from_pidfd & CLONE_NEWNS)) return "a mount needs its container's mount namespace";
  if (has_user_namespace(plan) != plan->has_user) return "a user namespace and its maps go together";
  if (plan->rootfs[0] != '/') return "rootfs is not absolute";
  if (plan->unshare || plan->join_count || plan->cgroup_procs.count || plan->keep_fds) return "a mount starts nothing";
  for (uint32_t i = 0; i < plan->op_count; i++) {
    enum op_kind kind = plan->ops[i].kind;
    if (kind != OP_BIND && kind != OP_MOUNT && kind != OP_UNMOUNT) return "a mount only mounts";
    if (plan->ops[i].target[0] != '/') return "a mount's target is not absolute";
  }
  return plan->op_count > 0 ? NULL : "a mount without ops";
}

static bool unmounts(const struct plan *plan) {
  for (uint32_t i = 0; i < plan->op_count; i++)
    if (plan->ops[i].kind == OP_UNMOUNT) return true;
  return false;
}

const char *plan_contradiction(const struct plan *plan) {
  if (plan->kind == PLAN_MOUNT) return mount_contradiction(plan);
  if (plan->run_dir[0] != '/') return "runDir is not absolute";
  if (plan->monitor_cgroup[0] && plan->monitor_cgroup[0] != '/') return "monitorCgroup is not absolute";
  if (plan->process.args.count == 0) return "no args";
  if (plan->process.seccomp.length % 8 != 0 || plan->process.seccomp.length / 8 > UINT16_MAX)
    return "seccomp is not a BPF program";
  if (plan->time_offsets[0] && !(plan->unshare & NEW_TIME)) return "time offsets without a time namespace";
  if (has_user_namespace(plan) != plan->has_user) return "a user namespace and its maps go together";
  if (plan->has_user && (plan->user.uids.count == 0 || plan->user.gids.count == 0)) return "maps without ranges";
  if (plan->keep_fds > 65536) return "keepFds is too large";
  if (plan->join_count > MAX_JOINS) return "too many namespaces to join";
  if (plan->cgroup_procs.count > MAX_CGROUPS) return "too many cgroups";
  if (plan->has_cleanup && plan->cleanup_args.count == 0) return "cleanup without args";
  if (plan->is_exec) {
    if (plan->op_count || plan->unshare || plan->rootfs[0]) return "an exec sets nothing up";
    if (!plan_joins(plan, CLONE_NEWNS)) return "an exec needs its container's mount namespace";
    return NULL;
  }
  if (unmounts(plan)) return "a container that starts has nothing to unmount";
  if (!(plan->unshare & CLONE_NEWNS)) return "a container needs a mount namespace of its own";
  if (plan_joins(plan, CLONE_NEWNS)) return "a container needs a mount namespace of its own";
  if (plan->rootfs[0] != '/') return "rootfs is not absolute";
  return NULL;
}
