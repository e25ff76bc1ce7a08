/* runDir/exit: how it ended, for whoever comes later. Read by ../exit-record.ts. */
#ifndef GANTRY_EXITRECORD_H
#define GANTRY_EXITRECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "error.h"

struct exit_record {
  const char *id;
  int exit_code; /* 128 + signal where it was killed */
  int signal;
  bool started;
  struct timespec started_at, finished_at;
  uint64_t log_dropped;
  bool has_failure;
  struct error failure;
  char failure_stage[16], failure_operation[32];
};

/* Takes the failure from the payload of init's MESSAGE_FAILED. */
void exitrecord_set_failure(struct exit_record *record, const uint8_t *payload, size_t length);

/* Atomic: by rename in the directory behind `run_dir`. */
int exitrecord_write(int run_dir, const struct exit_record *record, struct error *error);

#endif
