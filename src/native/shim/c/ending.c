#define _GNU_SOURCE
#include "ending.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "cleanup.h"
#include "descriptors.h"
#include "oom.h"

/* A supervisor that was stopped must not keep a restart policy from working for ever. */
#define SUPERVISOR_MS 30000
/* Clients go when they have read the exit; one that takes nothing for so long has lost its terminal. If the monitor went
 * first, a client's late write would fail and could cost it the output that it has not read. */
#define LINGER_MS 10000

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static char **copy_strings(const struct strings *strings) {
  char **copy = calloc((size_t)strings->count + 1, sizeof *copy);
  for (uint32_t i = 0; copy && i < strings->count; i++) copy[i] = strdup(strings->items[i]);
  return copy;
}

void ending_prepare(struct ending *ending, const struct plan *plan) {
  if (!plan->has_cleanup) return;
  ending->args = copy_strings(&plan->cleanup_args);
  ending->env = copy_strings(&plan->cleanup_env);
}

void ending_begin(struct ending *ending, bool cleanup) {
  ending->cleanup_due = cleanup && ending->args;
  ending->deadline_ms = now_ms() + (ending->cleanup_due ? SUPERVISOR_MS : LINGER_MS);
}

static void run_cleanup(const struct ending *ending) {
  sigset_t none;
  setsid();
  oom_set_score(0, ending->oom_score);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  mark_close_on_exec(3, LAST_DESCRIPTOR);
  execve(ending->args[0], ending->args, ending->env);
  _exit(127);
}

static void start_cleanup(struct ending *ending) {
  ending->cleanup_due = false;
  if (fork() == 0) run_cleanup(ending);
}

bool ending_done(struct ending *ending) {
  if (ending->cleanup_due) {
    if (attach_was_cleaned()) {
      ending->cleanup_due = false;
    } else if (attach_has_supervisor() && now_ms() < ending->deadline_ms) {
      return false;
    } else {
      start_cleanup(ending);
    }
    ending->deadline_ms = now_ms() + LINGER_MS;
  }
  if (attach_progress() > 0) ending->deadline_ms = now_ms() + LINGER_MS;
  return !attach_has_clients() || now_ms() >= ending->deadline_ms;
}

int ending_timeout(const struct ending *ending) {
  int64_t left = ending->deadline_ms - now_ms();
  return left < 0 ? 0 : (int)left;
}
