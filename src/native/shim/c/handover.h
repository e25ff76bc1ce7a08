/* A descriptor handed to another process over a socket (SCM_RIGHTS), with a message of its own type. */
#ifndef GANTRY_HANDOVER_H
#define GANTRY_HANDOVER_H

#include <stdint.h>

#include "error.h"

/* `subject` is what it is, for the error. */
int handover_send(int socket, uint8_t type, int fd, const char *subject, struct error *error);

/* Waits for the next message of that type; returns its descriptor, close-on-exec. */
int handover_receive(int socket, uint8_t type, const char *subject, struct error *error);

#endif
