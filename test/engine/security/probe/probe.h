/* What a container can see and do, one fact a line: `subject=value`. Runs as the only file of an image. */
#ifndef PROBE_H
#define PROBE_H

/* Prints one fact. */
void fact(const char *value, const char *subject_format, ...) __attribute__((format(printf, 2, 3)));

void probe_self(void);
void probe_mounts(void);
void probe_devices(void);
void probe_files(void);
void probe_syscalls(void);

/* EPERM and its like; ok for 0. */
const char *error_name(int number);

#endif
