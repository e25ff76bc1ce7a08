#define _GNU_SOURCE
#include "init.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the kernel raises because of this very process; to block them would be to loop on the faulting instruction. */
static const int own_faults[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS };

static void block_signals(sigset_t *blocked) {
  sigfillset(blocked);
  for (size_t i = 0; i < sizeof own_faults / sizeof *own_faults; i++) sigdelset(blocked, own_faults[i]);
  sigprocmask(SIG_SETMASK, blocked, NULL);
}

/* A process group of its own, in the foreground of the terminal if there is one, so that ^C reaches it and not pid 1. */
static void take_terminal(void) {
  setpgid(0, 0);
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(STDIN_FILENO, getpid());
  signal(SIGTTOU, SIG_DFL);
}

static int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* True when the entry point has ended; *status is its wait status then. */
static bool reap(pid_t entry, int *status) {
  bool ended = false;
  for (;;) {
    int one;
    pid_t pid = waitpid(-1, &one, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return ended;
    if (pid != entry) continue;
    *status = one;
    ended = true;
  }
}

int init_run(void (*child)(void *), void (*release)(void *), void *context) {
  sigset_t blocked;
  block_signals(&blocked);
  pid_t entry = fork();
  if (entry == 0) {
    sigset_t none;
    take_terminal();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    child(context);
    _exit(127);
  }
  release(context);
  if (entry < 0) return 128;
  for (;;) {
    siginfo_t signal;
    int status;
    if (sigwaitinfo(&blocked, &signal) < 0) continue;
    if (signal.si_signo != SIGCHLD) {
      kill(entry, signal.si_signo);
    } else if (reap(entry, &status)) {
      return exit_code(status);
    }
  }
}
