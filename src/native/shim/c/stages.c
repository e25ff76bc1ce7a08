#define _GNU_SOURCE
#include "stages.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "caller.h"
#include "cleanup.h"
#include "confine.h"
#include "descriptors.h"
#include "execute.h"
#include "init.h"
#include "message.h"
#include "mounts.h"
#include "oom.h"
#include "protocol.h"
#include "rootfs.h"
#include "seccomp.h"
#include "terminal.h"
#include "user.h"
#include "userns.h"

#define FAILED_EXIT 127

/* Where the monitor hears us; the entry point of --init and warnings use it too. */
static int status_fd = -1;

static void warn(const struct error *warning) {
  message_send_error(status_fd, MESSAGE_WARNING, warning);
}

static void fail_start(const struct error *error) __attribute__((noreturn));
static void fail_start(const struct error *error) {
  message_send_error(status_fd, MESSAGE_FAILED, error);
  _exit(FAILED_EXIT);
}

/* Mounts and pivot_root for a container; an exec is in its container's rootfs by now. Returns a descriptor of it. */
static int enter_rootfs(const struct start *start, int place, struct terminal *terminal, struct error *error) {
  const struct stdio_plan *stdio = &start->plan->stdio;
  struct mount_sources sources = { .place = place, .supply = start->supply };
  int root = start->plan->is_exec ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : mounts_set_up(start->plan, &sources, error);
  if (root < 0) return start->plan->is_exec ? fail(error, "open", errno, "/") : -1;
  if (stdio->terminal) {
    if (terminal_open(root, stdio->rows, stdio->columns, terminal, error) < 0) return -1;
    if (!start->plan->is_exec && mounts_bind_fd(root, terminal->slave, "/dev/console", error) < 0) return -1;
    if (terminal_send_master(start->status, terminal->master, error) < 0) return -1;
  }
  if (!start->plan->is_exec && mounts_pivot(root, error) < 0) return -1;
  return root;
}

/* Programs open /dev/stdout by name, so the pipes must be the user's. */
static void give_stdio(uid_t uid) {
  for (int fd = 0; fd < 3; fd++) {
    struct stat status;
    if (fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || isatty(fd))) fchown(fd, uid, (gid_t)-1);
  }
}

/* A stdin that nobody feeds. Never the host's /dev/null, whose mode root in the container could change through the descriptor;
 * where the container's is something else, what it has is the end of a pipe that was closed. */
static void take_null(int root) {
  struct stat status;
  cleanup_close int null = rootfs_open(root, "/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  if (null < 0 || fstat(null, &status) < 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) return;
  fcntl(null, F_SETFL, O_RDWR);
  dup2(null, 0);
}

static int connect_stdio(const struct start *start, const struct terminal *terminal, uid_t uid, struct error *error) {
  error->stage = "terminal";
  for (int fd = 0; fd < 3; fd++) {
    int from = start->plan->stdio.terminal ? terminal->slave : start->stdio[fd];
    if (dup2(from, fd) < 0) return fail(error, "dup2", errno, "stdio");
  }
  if (start->plan->stdio.terminal && ioctl(0, TIOCSCTTY, 0) < 0) return fail(error, "ioctl", errno, "TIOCSCTTY");
  give_stdio(uid);
  return 0;
}

/* A container's is made where it is missing; an exec's has to be there, as with runc. */
static int open_cwd(int root, const struct plan *plan, struct error *error) {
  const char *cwd = plan->process.cwd;
  if (!plan->is_exec) return rootfs_ensure(root, cwd, KIND_DIRECTORY, error);
  int directory = rootfs_open(root, cwd, O_PATH | O_DIRECTORY, 0);
  return directory < 0 ? fail(error, "chdir", errno, cwd) : directory;
}

/* As root, for whom an image's directories are open; a directory that is closed to root (NFS) is left for the user. */
static int enter_cwd(int root, const struct plan *plan, bool *entered, struct error *error) {
  const char *cwd = plan->process.cwd;
  error->stage = "cwd";
  if (cwd[0] != '/') return fail(error, "chdir", EINVAL, cwd);
  cleanup_close int directory = open_cwd(root, plan, error);
  if (directory < 0 && error->number != EACCES) return -1;
  *entered = directory >= 0 && fchdir(directory) == 0;
  return *entered || errno == EACCES ? 0 : fail(error, "chdir", errno, cwd);
}

/* While we wait, and for whatever a path of the image may lead to afterwards (/proc/self/fd/N as cwd): nothing of the host is
 * open any more. What is left closes by O_CLOEXEC. */
static void close_all_but_status(void) {
  if (status_fd > 3) close_descriptors(3, (unsigned)status_fd - 1);
  close_descriptors((unsigned)status_fd + 1, LAST_DESCRIPTOR);
}

static int open_place(const struct plan *plan, int *place, struct error *error) {
  if (plan->is_exec) return 0;
  error->stage = "rootfs";
  *place = open(plan->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return *place < 0 ? fail(error, "open", errno, plan->rootfs) : 0;
}

/* Before this, to file systems, we still are the host's root, who has no capabilities any more but owns its files. */
static int enter_user(const struct start *start, struct error *error) {
  uint8_t word[FRAME_HEADER];
  if (!start->plan->has_user) return 0;
  error->stage = "namespaces";
  if (!start->plan->is_exec) {
    ssize_t got;
    do got = recv(start->supply, word, sizeof word, 0);
    while (got < 0 && errno == EINTR);
    if (got != FRAME_HEADER || word[0] != MESSAGE_MAPPED) return fail(error, "maps", 0, "the monitor has ended");
  }
  return userns_become_root(error);
}

/* By read and write only: an order that can't be given under every seccomp program. */
static int wait_for_go(const struct start *start, struct error *error) {
  struct message message;
  uint8_t command[FRAME_HEADER];
  message_begin(&message, MESSAGE_READY);
  message_send(start->status, &message);
  error->stage = "engine";
  ssize_t got;
  do got = read(start->status, command, sizeof command);
  while (got < 0 && errno == EINTR);
  if (got != FRAME_HEADER || command[0] != COMMAND_GO) return fail(error, "go", 0, "the monitor has ended");
  message_begin(&message, MESSAGE_EXECUTING);
  message_send(start->status, &message);
  return 0;
}

/* Not by signal(3), which refuses those that the C library keeps for itself: the engine's posix_spawn leaves them ignored,
 * and what is ignored stays so through execve. */
static void reset_signals(void) {
  /* struct kernel_sigaction: handler, flags, restorer, mask. */
  static const unsigned long by_default[4];
  sigset_t none;
  for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, by_default, NULL, sizeof(uint64_t));
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void execute_entry(void *context) {
  const struct start *start = context;
  struct error error = { .stage = "exec" };
  execute(&start->plan->process, &error);
  fail_start(&error);
}

static void release_for_init(void *context) {
  (void)context;
  close_descriptors(3, LAST_DESCRIPTOR);
  /* Should the container's seccomp program know only older calls: this one must not stay open, since its end tells of
   * the start; the others close when pid 1 ends. */
  close(status_fd);
}

struct prepared {
  struct identity identity;
  bool in_cwd;
};

/* Carried out by execve. Written through the host's /proc, since a mount of the user's may lie over the container's, and
 * before anything else, since the kernel takes it only from the credentials that opened the file. */
static int prepare_apparmor(const struct process_plan *process, struct error *error) {
  char text[512];
  if (!process->apparmor[0]) return 0;
  error->stage = "confine";
  int length = snprintf(text, sizeof text, "exec %s", process->apparmor);
  if (length < 0 || (size_t)length >= sizeof text) return fail(error, "apparmor", ENAMETOOLONG, process->apparmor);
  cleanup_close int fd = open("/proc/self/attr/apparmor/exec", O_WRONLY | O_CLOEXEC);
  /* Linux before 5.8 has one file for all security modules. */
  if (fd < 0 && errno == ENOENT) fd = open("/proc/self/attr/exec", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, (size_t)length) != length) return fail(error, "apparmor", errno, process->apparmor);
  return 0;
}

/* Before `go`: everything that can fail because of the image or the plan. */
static int prepare(struct start *start, struct prepared *prepared, struct error *error) {
  const struct process_plan *process = &start->plan->process;
  struct terminal terminal = { .master = -1, .slave = -1 };
  /* In a new user namespace the monitor does it. */
  if (!start->plan->has_user || start->plan->is_exec) oom_set_planned_score(process, 0, warn);
  if (caller_forget(error) < 0) return -1;
  if (prepare_apparmor(process, error) < 0) return -1;
  if (namespaces_enter(start->plan, &start->places, error) < 0) return -1;
  /* Closed before any path of the image is followed. */
  places_close(start->plan, &start->places);
  cleanup_close int place = -1;
  if (open_place(start->plan, &place, error) < 0 || enter_user(start, error) < 0) return -1;
  cleanup_close int root = enter_rootfs(start, place, &terminal, error);
  if (root < 0) return -1;
  error->stage = "user";
  if (user_resolve(process, &prepared->identity, error) < 0) return -1;
  if (enter_cwd(root, start->plan, &prepared->in_cwd, error) < 0) return -1;
  if (connect_stdio(start, &terminal, prepared->identity.uid, error) < 0) return -1;
  if (!start->plan->stdio.terminal && !start->plan->stdio.open_stdin) take_null(root);
  return 0;
}

/* The process as it will be: what is left is execve. */
static int confine(const struct start *start, const struct prepared *prepared, struct error *error) {
  const struct process_plan *process = &start->plan->process;
  error->stage = "confine";
  if (execute_prepare_environment(process, prepared->identity.home, error) < 0) return -1;
  if (confine_limits(process, warn, error) < 0) return -1;
  umask((mode_t)process->umask & 0777);
  if (confine_privileges(process, &prepared->identity, error) < 0) return -1;
  error->stage = "cwd";
  if (!prepared->in_cwd && chdir(process->cwd) < 0) return fail(error, "chdir", errno, process->cwd);
  error->stage = "exec";
  return execute_look_up(process, error);
}

/* Whoever waits does so confined: the kernel takes a third of a millisecond for the default seccomp program, and `go` mostly
 * comes late, when the network is there. A program that does not let us wait is loaded afterwards. Either way a failure is
 * told after `go`: clients attach before it. */
static int become(const struct start *start, const struct prepared *prepared, struct error *error) {
  const struct process_plan *process = &start->plan->process;
  struct error failure = { .stage = "confine" };
  bool waits_confined = seccomp_allows(&process->seccomp, SYS_read) && seccomp_allows(&process->seccomp, SYS_write);
  int result = waits_confined ? confine(start, prepared, &failure) : 0;
  if (wait_for_go(start, error) < 0) return -1;
  if (!waits_confined) result = confine(start, prepared, &failure);
  if (result < 0) *error = failure;
  return result;
}

void stages_run(struct start *start) {
  struct error error = { .stage = "namespaces" };
  struct prepared prepared;
  status_fd = start->status;
  /* init must not outlive its monitor; if that ended before this line, `go` never comes. */
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  prctl(PR_SET_NAME, "gantry-init", 0, 0, 0);
  setsid();
  reset_signals();
  if (prepare(start, &prepared, &error) < 0) fail_start(&error);
  close_all_but_status();
  if (become(start, &prepared, &error) < 0) fail_start(&error);
  if (start->plan->process.init) _exit(init_run(execute_entry, release_for_init, start));
  execute_entry(start);
  _exit(FAILED_EXIT);
}
