#define _GNU_SOURCE
#include "create.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "descriptors.h"
#include "message.h"
#include "namespaces.h"
#include "protocol.h"
#include "stages.h"
#include "supply.h"
#include "userns.h"

static void warn(const struct error *warning) {
  message_send_error(CONTROL_FD, MESSAGE_WARNING, warning);
}

/* Before a child does anything else: nothing of the engine's stays open in it. */
static void release_engine(const struct plan *plan) {
  close(CONTROL_FD);
  close_descriptors(FIRST_EXTRA_FD, FIRST_EXTRA_FD + plan->keep_fds - 1);
}

static int open_status(int ends[2], struct error *error) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? fail(error, "socketpair", errno, "init") : 0;
}

/* Both ends are -1 where init needs none. */
static int open_supply(const struct plan *plan, int ends[2], struct error *error) {
  ends[0] = ends[1] = -1;
  if (!supply_needed(plan)) return 0;
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? fail(error, "socketpair", errno, "supplier") : 0;
}

static void become_init(struct start *start, const struct stdio_pipes *pipes, const int status[2], const int supply[2])
  __attribute__((noreturn));
static void become_init(struct start *start, const struct stdio_pipes *pipes, const int status[2], const int supply[2]) {
  release_engine(start->plan);
  close(status[0]);
  close_fd_at(&supply[0]);
  for (int i = 0; i < 3; i++) close_fd_at(&pipes->ours[i]);
  memcpy(start->stdio, pipes->theirs, sizeof start->stdio);
  start->status = status[1];
  start->supply = supply[1];
  stages_run(start);
}

/* init waits for its maps and then for its mounts; `status` and `supply` are both ends of its sockets. */
static int start_supply(struct plan *plan, const struct created *created, const int status[2], const int supply[2],
                        struct error *error) {
  cleanup_close int userns = -1;
  if (plan->has_user) {
    struct message message;
    userns = userns_grant(plan, created->init, warn, error);
    if (userns < 0) return -1;
    message_begin(&message, MESSAGE_MAPPED);
    message_send(supply[0], &message);
  }
  error->stage = "monitor";
  pid_t pid = fork();
  if (pid < 0) return fail(error, "fork", errno, "supplier");
  if (pid > 0) return 0;
  release_engine(plan);
  close(status[0]);
  close(supply[1]);
  for (int i = 0; i < 3; i++) {
    close_fd_at(&created->pipes.ours[i]);
    close_fd_at(&created->pipes.theirs[i]);
  }
  supply_run(plan, userns, supply[0], status[1]);
}

int create_init(struct plan *plan, int pidfd, struct created *created, struct error *error) {
  struct start start = { .plan = plan };
  struct stdio_pipes *pipes = &created->pipes;
  int status[2];
  int supply[2];
  error->stage = "monitor";
  if (stdio_make(plan->stdio.terminal, plan->stdio.open_stdin, pipes, error) < 0) return -1;
  if (userns_give_pipes(plan, pipes->theirs, error) < 0) return -1;
  if (open_supply(plan, supply, error) < 0 || open_status(status, error) < 0) return -1;
  if (places_open(plan, pidfd, &start.places, error) < 0) return -1;
  created->init = namespaces_clone(plan, &start.places, error);
  if (created->init == 0) become_init(&start, pipes, status, supply);
  if (created->init < 0) return -1;
  if (supply[0] >= 0 && start_supply(plan, created, status, supply, error) < 0) return -1;
  close_fd_at(&supply[0]);
  close_fd_at(&supply[1]);
  close(status[1]);
  places_close(plan, &start.places);
  for (int i = 0; i < 3; i++) close_fd_at(&pipes->theirs[i]);
  created->status = status[0];
  return 0;
}
