#include "events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 8

static int set = -1;

int events_open(struct error *error) {
  set = epoll_create1(EPOLL_CLOEXEC);
  return set < 0 ? fail(error, "epoll_create", errno, "events") : 0;
}

void events_want(struct source *source, uint32_t interest) {
  struct epoll_event event = { .events = interest, .data.ptr = source };
  if (source->fd < 0 || interest == source->interest) return;
  int operation = EPOLL_CTL_MOD;
  if (source->interest == 0) operation = EPOLL_CTL_ADD;
  if (interest == 0) operation = EPOLL_CTL_DEL;
  if (epoll_ctl(set, operation, source->fd, &event) == 0) source->interest = interest;
}

void events_close(struct source *source) {
  if (source->fd < 0) return;
  events_want(source, 0);
  close(source->fd);
  source->fd = -1;
}

void events_wait(int timeout_ms) {
  struct epoll_event events[BATCH];
  int count = epoll_wait(set, events, BATCH, timeout_ms);
  for (int i = 0; i < count; i++) {
    struct source *source = events[i].data.ptr;
    /* Something before it in this batch may have closed it or lost interest. */
    if (source->fd >= 0 && source->interest != 0) source->ready(source, events[i].events);
  }
}
