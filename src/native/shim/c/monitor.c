#define _GNU_SOURCE
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "cleanup.h"
#include "console.h"
#include "create.h"
#include "descriptors.h"
#include "ending.h"
#include "events.h"
#include "exitrecord.h"
#include "log.h"
#include "message.h"
#include "oom.h"
#include "protocol.h"

static void control_ready(struct source *source, uint32_t events);
static void status_ready(struct source *source, uint32_t events);
static void child_ready(struct source *source, uint32_t events);

static struct {
  struct source control, status, child;
  pid_t init;
  bool open_stdin;
  bool executing, started, ended, engine_gone;
  int wait_status;
  int run_dir;
  uint32_t keep_fds;
  struct log log;
  struct exit_record record;
  struct ending ending;
} monitor = {
  .control = { .ready = control_ready, .fd = CONTROL_FD },
  .status = { .ready = status_ready, .fd = -1 },
  .child = { .ready = child_ready, .fd = -1 },
  .run_dir = -1,
  .log = { .fd = -1 },
};

static const struct attach_hooks hooks = {
  .stdin_data = stdio_write_stdin,
  .stdin_end = stdio_end_stdin,
  .resize = stdio_resize,
  .congestion = stdio_congestion,
};

/* ---- start ---- */

/* Shared by all containers' fate: the kernel should take anything else first. The cleanup command is as we were. */
static void protect_from_oom(void) {
  monitor.ending.oom_score = oom_score();
  oom_set_score(0, -999);
}

/* A limit of its starter's shell (`ulimit -t`) is its program's, too, but ends no container by ending its monitor. One that may not
 * be lifted cannot be helped. */
static void lift_limit(int resource) {
  struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
  if (setrlimit(resource, &limit) == 0 || getrlimit(resource, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(resource, &limit);
}

/* Stopping a container has one owner, the engine, which signals init; a signal that is meant for us says nothing about the
 * container. SIGKILL ends both (PR_SET_PDEATHSIG). Of a limit that could not be lifted the log hears, and no more. */
static void ignore_signals(void) {
  static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU,
                                  SIGXCPU, SIGXFSZ };
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
}

/* The first one counts. The engine hears of it when init is reaped and everything is undone: what it then removes (cgroup,
 * network, directory) is not in use any more. */
static void note_failure(const struct error *error) {
  if (monitor.record.has_failure) return;
  monitor.record.has_failure = true;
  monitor.record.failure = *error;
}

static void tell_failure(void) {
  if (monitor.record.has_failure) message_send_error(monitor.control.fd, MESSAGE_FAILED, &monitor.record.failure);
}

/* The ports that the kept sockets reserve must be free before anyone hears of the exit: a restart takes them again. */
static void release_kept(void) {
  close_descriptors(FIRST_EXTRA_FD, FIRST_EXTRA_FD + monitor.keep_fds - 1);
}

static int open_signals(struct error *error) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  monitor.child.fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  return monitor.child.fd < 0 ? fail(error, "signalfd", errno, "SIGCHLD") : 0;
}

static int open_files(const struct plan *plan, struct error *error) {
  uint8_t flags = (uint8_t)((plan->stdio.terminal ? ACK_TERMINAL : 0) | (plan->stdio.open_stdin ? ACK_OPEN_STDIN : 0));
  error->stage = "monitor";
  if (events_open(error) < 0 || open_signals(error) < 0) return -1;
  if (plan->log.present && log_open(&monitor.log, plan->log.path, plan->log.max_bytes, plan->log.max_files, error) < 0) return -1;
  return attach_open(monitor.run_dir, flags, plan->stdio.stdin_once, &hooks, error);
}

static void send_created(void) {
  struct message message;
  message_begin(&message, MESSAGE_CREATED);
  message_u32(&message, (uint32_t)getpid());
  message_u32(&message, (uint32_t)monitor.init);
  message_send(monitor.control.fd, &message);
}

static int start(struct plan *plan, int pidfd, struct error *error) {
  struct created created = { .init = -1 };
  sigset_t child;
  error->stage = "monitor";
  monitor.run_dir = open(plan->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (monitor.run_dir < 0) return fail(error, "open", errno, plan->run_dir);
  unlinkat(monitor.run_dir, "exit", 0);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  int result = create_init(plan, pidfd, &created, error);
  monitor.init = created.init;
  if (result < 0) return -1;
  monitor.status.fd = created.status;
  if (open_files(plan, error) < 0) return -1;
  stdio_watch(&created.pipes, &monitor.log);
  send_created();
  events_want(&monitor.control, EPOLLIN);
  events_want(&monitor.status, EPOLLIN);
  events_want(&monitor.child, EPOLLIN);
  /* Not earlier: for a session the scheduler makes a group (sched(7), autogroup), and who comes to a new one waits for its turn. */
  setsid();
  lift_limit(RLIMIT_CPU);
  lift_limit(RLIMIT_FSIZE);
  protect_from_oom();
  return 0;
}

/* ---- while init prepares ---- */

static void kill_init(void) {
  if (monitor.init > 0 && !monitor.ended) kill(monitor.init, SIGKILL);
}

static void control_ready(struct source *source, uint32_t events) {
  (void)events;
  uint8_t command[FRAME_HEADER];
  ssize_t got = recv(source->fd, command, sizeof command, MSG_DONTWAIT);
  if (got == FRAME_HEADER && command[0] == COMMAND_GO) {
    send(monitor.status.fd, command, sizeof command, MSG_NOSIGNAL);
    /* From here on the engine may go: the container has been asked for. What it still hears is only sent. */
    events_want(source, 0);
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  struct error error = { .stage = "engine" };
  fail(&error, "go", 0, "the engine went away before the container was started");
  monitor.engine_gone = true;
  note_failure(&error);
  events_close(source);
  kill_init();
}

static void report_started(void) {
  struct message message;
  char text[TIME_SIZE];
  monitor.started = monitor.record.started = true;
  clock_gettime(CLOCK_REALTIME, &monitor.record.started_at);
  format_time(text, &monitor.record.started_at);
  message_begin(&message, MESSAGE_STARTED);
  message_string(&message, text);
  message_send(monitor.control.fd, &message);
  events_close(&monitor.control);
}

static void relay(const uint8_t *bytes, size_t length) {
  send(monitor.control.fd, bytes, length, MSG_NOSIGNAL);
}

static void take_status(const uint8_t *bytes, size_t length, int fd) {
  struct error error = { .stage = "terminal" };
  if (bytes[0] != MESSAGE_TERMINAL) close_fd_at(&fd);
  switch (bytes[0]) {
    case MESSAGE_READY:
    case MESSAGE_WARNING: relay(bytes, length); return;
    case MESSAGE_FAILED:
      if (!monitor.record.has_failure) exitrecord_set_failure(&monitor.record, bytes + FRAME_HEADER, length - FRAME_HEADER);
      return;
    case MESSAGE_EXECUTING: monitor.executing = true; return;
    case MESSAGE_TERMINAL:
      if (fd < 0 || stdio_watch_terminal(fd, monitor.open_stdin, &error) == 0) return;
      note_failure(&error);
      kill_init();
      return;
    default: return;
  }
}

static int received_fd(struct msghdr *envelope) {
  int fd = -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(envelope);
  if (header && header->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

/* One message of init; false when there is none now. */
static bool read_status(void) {
  struct message message;
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = { .iov_base = message.bytes, .iov_len = sizeof message.bytes };
  struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  ssize_t got = recvmsg(monitor.status.fd, &envelope, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got >= FRAME_HEADER) {
    take_status(message.bytes, (size_t)got, received_fd(&envelope));
    return true;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  /* init ended with a `go` that it had not read. The kernel tells that before it hands out init's last message. */
  if (got < 0 && errno == ECONNRESET) return true;
  events_close(&monitor.status);
  if (monitor.executing && !monitor.record.has_failure) report_started();
  return false;
}

static void status_ready(struct source *source, uint32_t events) {
  (void)source;
  (void)events;
  while (monitor.status.fd >= 0 && read_status()) continue;
}

/* ---- end ---- */

static void child_ready(struct source *source, uint32_t events) {
  struct signalfd_siginfo info;
  (void)events;
  if (read(source->fd, &info, sizeof info) < 0 && errno != EAGAIN) return;
  for (;;) {
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    if (pid != monitor.init) continue;
    monitor.ended = true;
    monitor.wait_status = status;
    clock_gettime(CLOCK_REALTIME, &monitor.record.finished_at);
  }
}

static void died_before_exec(void) {
  struct error error = { .stage = "engine" };
  char text[64];
  if (WIFSIGNALED(monitor.wait_status))
    snprintf(text, sizeof text, "init was killed by signal %d", WTERMSIG(monitor.wait_status));
  else
    snprintf(text, sizeof text, "init ended with status %d", WEXITSTATUS(monitor.wait_status));
  fail(&error, "start", 0, text);
  note_failure(&error);
}

static void end_container(void) {
  struct error error = { .stage = "monitor" };
  status_ready(&monitor.status, 0);
  if (!monitor.started && !monitor.record.has_failure) died_before_exec();
  stdio_drain();
  release_kept();
  monitor.record.signal = WIFSIGNALED(monitor.wait_status) ? WTERMSIG(monitor.wait_status) : 0;
  monitor.record.exit_code = monitor.record.signal ? 128 + monitor.record.signal : WEXITSTATUS(monitor.wait_status);
  monitor.record.log_dropped = monitor.log.dropped;
  attach_accept();
  /* A run directory that was removed under us has nobody who would read it. */
  exitrecord_write(monitor.run_dir, &monitor.record, &error);
  attach_close(monitor.run_dir);
  attach_exit((uint32_t)monitor.record.exit_code, (uint32_t)monitor.record.signal);
  tell_failure();
  events_close(&monitor.control);
  /* A start that failed is the engine's to clean up, unless it has gone. */
  ending_begin(&monitor.ending, monitor.started || monitor.engine_gone);
}

static void run_until_end(void) {
  while (!monitor.ended) {
    events_wait(-1);
    attach_sweep();
  }
  end_container();
  while (!ending_done(&monitor.ending)) {
    events_wait(ending_timeout(&monitor.ending));
    attach_sweep();
  }
}

/* A start that failed before there was an init, or a monitor that could not be set up around it. */
static void abandon(const struct error *error) {
  struct error ignored;
  note_failure(error);
  if (monitor.init > 0) {
    kill_init();
    waitpid(monitor.init, &monitor.wait_status, 0);
  }
  clock_gettime(CLOCK_REALTIME, &monitor.record.finished_at);
  monitor.record.exit_code = 128;
  if (monitor.run_dir >= 0) {
    exitrecord_write(monitor.run_dir, &monitor.record, &ignored);
    attach_close(monitor.run_dir);
  }
  tell_failure();
  _exit(1);
}

void monitor_run(struct plan *plan, int pidfd) {
  struct error error = { .stage = "monitor" };
  prctl(PR_SET_NAME, "gantry-shim", 0, 0, 0);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  ignore_signals();
  monitor.keep_fds = plan->keep_fds;
  monitor.open_stdin = plan->stdio.open_stdin;
  monitor.record.id = strdup(plan->id);
  ending_prepare(&monitor.ending, plan);
  if (start(plan, pidfd, &error) < 0) abandon(&error);
  /* Days may pass now: nothing of the plan is needed any more. */
  plan_release(plan);
  run_until_end();
  _exit(0);
}
