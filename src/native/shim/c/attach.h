/* Clients on attach.sock. Any number may watch; output goes to all that asked for it. */
#ifndef GANTRY_ATTACH_H
#define GANTRY_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "protocol.h"

struct attach_hooks {
  /* Bytes for the container's stdin; what it can't take now it keeps, and pauses us. */
  void (*stdin_data)(const uint8_t *data, size_t length);
  void (*stdin_end)(void);
  void (*resize)(uint16_t rows, uint16_t columns);
  /* Whether some client is so far behind that output must wait for it has changed. */
  void (*congestion)(bool congested);
};

/* Listens in the directory; a socket that an earlier shim left is replaced. */
int attach_open(int run_dir, uint8_t ack_flags, bool stdin_once, const struct attach_hooks *hooks, struct error *error);

/* A piece of output to all that want it. With `force`, it is kept for slow clients whatever its size, and no congestion
 * is reported: after the exit what is left must not be lost and nobody can be slowed down. */
void attach_output(enum shim_frame stream, const uint8_t *data, size_t length, bool force);

/* stdin takes no more at the moment, or again. */
void attach_pause_stdin(bool paused);

/* Tells everyone, also those who come later. */
void attach_exit(uint32_t exit_code, uint32_t signal);

bool attach_has_supervisor(void);
/* A supervisor said that it has cleaned up. */
bool attach_was_cleaned(void);
/* Someone is still there: with output on its way, or about to find out that a write of its own comes too late. */
bool attach_has_clients(void);
/* Bytes that clients took since the last call; for seeing whether they get on. */
uint64_t attach_progress(void);

/* Takes in what is in the backlog, so that a client that came just before the exit is not missed. */
void attach_accept(void);

/* Frees clients that have gone; to be called between event batches. */
void attach_sweep(void);

/* No more clients; those that are here stay. The socket is gone before anyone hears of the exit, because the next start
 * in the same directory makes its own. */
void attach_close(int run_dir);

#endif
