/* One epoll set. A source is a descriptor and what to do when it is ready. */
#ifndef GANTRY_EVENTS_H
#define GANTRY_EVENTS_H

#include <stdint.h>

#include "error.h"

struct source {
  void (*ready)(struct source *source, uint32_t events);
  int fd;            /* -1: closed */
  uint32_t interest; /* EPOLL* bits; 0: not in the set, so that a hang-up can't spin */
};

int events_open(struct error *error);

/* Changes what is waited for; leaves the set with 0. */
void events_want(struct source *source, uint32_t interest);

/* Leaves the set and closes. */
void events_close(struct source *source);

/* Waits at most so long (-1: without end) and calls what is ready. A source must stay in memory until this returns. */
void events_wait(int timeout_ms);

#endif
