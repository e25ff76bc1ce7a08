/* Plans that can be read and make no sense. */
#ifndef GANTRY_VALIDATE_H
#define GANTRY_VALIDATE_H

#include "plan.h"

/* What no engine of ours would ask for, said here so that nothing later has to wonder. NULL where all is well. */
const char *plan_contradiction(const struct plan *plan);

#endif
