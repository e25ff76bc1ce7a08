/* Bytes that wait until a descriptor takes more. Memory is held only while there are any. */
#ifndef GANTRY_PENDING_H
#define GANTRY_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending {
  uint8_t *data;
  size_t length;
};

/* False without memory; what waited still waits then. */
bool pending_append(struct pending *pending, const uint8_t *data, size_t length);

/* The first so many were taken. */
void pending_drop(struct pending *pending, size_t length);

void pending_clear(struct pending *pending);

#endif
