/* gantry-shim: started by the engine with the control socket as 3, the launch plan as 4, then the descriptors
 * to keep, then the pidfd where the plan takes namespaces from one. See protocol.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "descriptors.h"
#include "error.h"
#include "kernel.h"
#include "live.h"
#include "message.h"
#include "monitor.h"
#include "plan.h"
#include "protocol.h"

/* Nothing of the engine's terminal or files stays with a process that lives for days. */
static int detach(unsigned extra, struct error *error) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return fail(error, "open", errno, "/dev/null");
  for (int fd = 0; fd < 3; fd++)
    if (dup2(null, fd) < 0) return fail(error, "dup2", errno, "/dev/null");
  close_descriptors(FIRST_EXTRA_FD + extra, LAST_DESCRIPTOR);
  mark_close_on_exec(CONTROL_FD, FIRST_EXTRA_FD + extra);
  /* The caller's keys are not the container's. A kernel without keys has none to share. */
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
    return fail(error, "keyctl", errno, "KEYCTL_JOIN_SESSION_KEYRING");
  return chdir("/") < 0 ? fail(error, "chdir", errno, "/") : 0;
}

static int join_cgroup(int directory, const char *path, struct error *error) {
  cleanup_close int procs = openat(directory, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (procs < 0) return fail(error, "open", errno, path);
  return write(procs, "0", 1) < 0 ? fail(error, "write", errno, path) : 0;
}

/* A manager of services ends a service with everything in its cgroup; one that started a container is not its monitor's
 * fate. Born in a cgroup, since moving a process to another waits milliseconds; where the kernel can't (before 5.7), we move
 * and it is born where we are. */
static pid_t fork_monitor(const char *cgroup, struct error *error) {
  struct kernel_clone_args args = { .exit_signal = SIGCHLD };
  cleanup_close int directory = -1;
  if (cgroup[0]) {
    directory = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return fail(error, "open", errno, cgroup);
    args.flags = INTO_CGROUP;
    args.cgroup = (uint64_t)directory;
  }
  pid_t pid = kernel_clone3(&args);
  if (pid < 0 && cgroup[0]) {
    if (join_cgroup(directory, cgroup, error) < 0) return -1;
    args.flags = args.cgroup = 0;
    pid = kernel_clone3(&args);
  }
  return pid < 0 ? fail(error, "clone3", errno, "monitor") : pid;
}

int main(void) {
  struct error error = { .stage = "plan" };
  struct plan plan;
  /* Neither ptrace nor /proc/<pid>/fd from inside a container that init has entered but not yet become. */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (plan_load(PLAN_FD, &plan, &error) < 0) goto failed;
  close(PLAN_FD);
  error.stage = "monitor";
  if (detach(plan.keep_fds + (plan.from_pidfd != 0), &error) < 0) goto failed;
  if (plan.kind == PLAN_MOUNT) {
    setsid();
    if (live_run(&plan, FIRST_EXTRA_FD, &error) < 0) goto failed;
    struct message done;
    message_begin(&done, MESSAGE_DONE);
    message_send(CONTROL_FD, &done);
    _exit(0);
  }
  pid_t pid = fork_monitor(plan.monitor_cgroup, &error);
  if (pid == 0) monitor_run(&plan, plan.from_pidfd ? FIRST_EXTRA_FD + (int)plan.keep_fds : -1);
  if (pid > 0) _exit(0);
failed:
  message_send_error(CONTROL_FD, MESSAGE_FAILED, &error);
  _exit(1);
}
