/* The launch plan as bytes again, in the layout of ../../plan-encoder.ts, from what the parser made of it. */
#ifndef GANTRY_PLAN_WRITER_H
#define GANTRY_PLAN_WRITER_H

#include "plan.h"

struct written {
  uint8_t *bytes;
  size_t length, capacity;
};

/* The caller frees `bytes`. */
struct written plan_write(const struct plan *plan);

#endif
