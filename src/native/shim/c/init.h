/* Pid 1 for --init: starts the entry point, forwards signals to it, reaps whatever is left behind. */
#ifndef GANTRY_INIT_H
#define GANTRY_INIT_H

#include <stdbool.h>

/* Runs `child` in a child process and returns the status with which pid 1 has to exit. `release` closes what pid 1 must
 * not hold while the entry point runs. */
int init_run(void (*child)(void *), void (*release)(void *), void *context);

#endif
