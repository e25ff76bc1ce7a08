#include "pending.h"

#include <stdlib.h>
#include <string.h>

bool pending_append(struct pending *pending, const uint8_t *data, size_t length) {
  if (length == 0) return true;
  uint8_t *larger = realloc(pending->data, pending->length + length);
  if (!larger) return false;
  memcpy(larger + pending->length, data, length);
  pending->data = larger;
  pending->length += length;
  return true;
}

void pending_drop(struct pending *pending, size_t length) {
  pending->length -= length;
  if (pending->length == 0)
    pending_clear(pending);
  else
    memmove(pending->data, pending->data + length, pending->length);
}

void pending_clear(struct pending *pending) {
  free(pending->data);
  pending->data = NULL;
  pending->length = 0;
}
