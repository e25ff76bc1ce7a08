/* The life of init from clone3 to execve, stage by stage. */
#ifndef GANTRY_STAGES_H
#define GANTRY_STAGES_H

#include "namespaces.h"
#include "plan.h"

struct start {
  struct plan *plan;
  struct places places;
  int status;    /* socket to the monitor; its end of file there tells that execve worked */
  int supply;    /* socket of the supplier (supply.h), -1 without */
  int stdio[3];  /* what becomes 0, 1 and 2; -1 with a terminal */
};

/* Runs in init; never returns. Failures go to the monitor as MESSAGE_FAILED. */
void stages_run(struct start *start) __attribute__((noreturn));

#endif
