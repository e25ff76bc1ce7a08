/* The container's seccomp program (seccomp(2), classic BPF), which this shim loads and never makes. */
#ifndef GANTRY_SECCOMP_H
#define GANTRY_SECCOMP_H

#include <stdbool.h>

#include "error.h"
#include "plan.h"

/* An empty program is none. */
int seccomp_load(const struct bytes *program, struct error *error);

/* Whether the program lets the call pass whatever its arguments are. False also where that can't be told. */
bool seccomp_allows(const struct bytes *program, long number);

#endif
