/* Docker's json-file log, rotated; one in a process. Entries are encoded into one buffer and written together; a file never holds half an
 * entry, and a full disk costs lines, which are counted, but never stops the container. */
#ifndef GANTRY_LOG_H
#define GANTRY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "error.h"

/* Docker's: a longer line becomes several entries, of which only the last ends with a newline. */
#define LOG_LINE 16384
/* Every byte may become \u00XX. */
#define LOG_ENTRY_MAX (LOG_LINE * 6 + 128)

struct log {
  int fd; /* -1: no log, or it can't be opened at the moment */
  char *path; /* NULL: no log */
  uint64_t max_bytes;
  uint32_t max_files;
  uint64_t size; /* of the file, without what waits in `buffer` */
  uint64_t dropped; /* entries that could not be written */
  size_t buffered;
};

int log_open(struct log *log, const char *path, uint64_t max_bytes, uint32_t max_files, struct error *error);

/* One entry; `stream` is "stdout" or "stderr", `length` at most LOG_LINE. */
void log_entry(struct log *log, const char *stream, const struct timespec *time, const char *text, size_t length);

/* Writes what waits. */
void log_flush(struct log *log);

/* RFC 3339 in UTC with nanoseconds, trailing zeros of the fraction left out as Go does. */
#define TIME_SIZE 40
size_t format_time(char out[TIME_SIZE], const struct timespec *time);

/* JSON string content (without quotes) as Go's encoder writes it; returns its length, at most six times `length`. */
size_t escape_json(char *out, const char *text, size_t length);

/* How many of the last bytes begin a UTF-8 character that is not complete (0 to 3). */
size_t incomplete_tail(const char *text, size_t length);

#endif
