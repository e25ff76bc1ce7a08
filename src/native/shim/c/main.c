/* gantry-shim: started by the engine with the control socket as 3, the launch plan as 4, then the descriptors
 * to keep, then the pidfd where the plan takes namespaces from one. See protocol.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "error.h"
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
  setsid();
  /* The caller's keys are not the container's. A kernel without keys has none to share. */
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
    return fail(error, "keyctl", errno, "KEYCTL_JOIN_SESSION_KEYRING");
  return chdir("/") < 0 ? fail(error, "chdir", errno, "/") : 0;
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
    if (live_run(&plan, FIRST_EXTRA_FD, &error) < 0) goto failed;
    struct message done;
    message_begin(&done, MESSAGE_DONE);
    message_send(CONTROL_FD, &done);
    _exit(0);
  }
  pid_t pid = fork();
  if (pid == 0) monitor_run(&plan, plan.from_pidfd ? FIRST_EXTRA_FD + (int)plan.keep_fds : -1);
  if (pid > 0) _exit(0);
  fail(&error, "fork", errno, "monitor");
failed:
  message_send_error(CONTROL_FD, MESSAGE_FAILED, &error);
  _exit(1);
}
