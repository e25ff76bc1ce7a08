/* The monitor's ends of the container's stdin, stdout and stderr (or of its terminal). */
#ifndef GANTRY_CONSOLE_H
#define GANTRY_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "log.h"

/* Descriptors for both sides; -1 where there is none. */
struct stdio_pipes {
  int ours[3];
  int theirs[3];
};

/* Pipes for a process without a terminal; stdin is at its end already unless open. With a terminal: nothing. */
int stdio_make(bool terminal, bool open_stdin, struct stdio_pipes *pipes, struct error *error);

/* Starts reading and logging. `log` may have no path. */
void stdio_watch(const struct stdio_pipes *pipes, struct log *log);
/* The pty's master in place of pipes; the descriptor is taken over. */
int stdio_watch_terminal(int master, bool open_stdin, struct error *error);

/* Hooks of the attach clients. */
void stdio_write_stdin(const uint8_t *data, size_t length);
void stdio_end_stdin(void);
void stdio_resize(uint16_t rows, uint16_t columns);
void stdio_congestion(bool congested);

/* Everything that is still there, without waiting for more: to be called when the writers are dead. */
void stdio_drain(void);

#endif
