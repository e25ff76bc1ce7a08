/* Ranges of descriptors: close_range(2), and what comes near it before Linux 5.11. */
#ifndef GANTRY_DESCRIPTORS_H
#define GANTRY_DESCRIPTORS_H

#define LAST_DESCRIPTOR (~0u)

void close_descriptors(unsigned first, unsigned last);
void mark_close_on_exec(unsigned first, unsigned last);

#endif
