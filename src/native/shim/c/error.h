/* Convention: a function that can fail takes `struct error *` last and returns a negative number after filling it.
 * The same shape reaches the engine as a `failed` message and, where it ended a start, the exit record. */
#ifndef GANTRY_ERROR_H
#define GANTRY_ERROR_H

struct error {
  const char *stage;     /* one of ShimStage in protocol.ts; set by whoever runs the stage */
  const char *operation; /* system call or step */
  int number;            /* errno, 0 where no call failed */
  char detail[240];      /* what it was tried on; cut where it is longer */
};

/* Fills `error` and returns -1. */
int fail(struct error *error, const char *operation, int number, const char *detail);

/* Hears of something that went another way than asked without ending the start. */
typedef void warn_function(const struct error *warning);

#endif
