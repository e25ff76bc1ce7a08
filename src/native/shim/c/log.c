#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0640

/* Entries on their way to the file. Pages that were never written to cost nothing. */
static char buffer[LOG_ENTRY_MAX + 16384];

static int open_file(const char *path, int flags) {
  return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, MODE);
}

int log_open(struct log *log, const char *path, uint64_t max_bytes, uint32_t max_files, struct error *error) {
  struct stat status;
  log->fd = open_file(path, 0);
  if (log->fd < 0 || fstat(log->fd, &status) < 0) return fail(error, "open", errno, path);
  log->path = strdup(path);
  if (!log->path) return fail(error, "malloc", ENOMEM, path);
  log->size = (uint64_t)status.st_size;
  log->max_bytes = max_bytes;
  log->max_files = max_files ? max_files : 1;
  return 0;
}

static uint64_t count_lines(const char *text, size_t length) {
  uint64_t lines = 0;
  for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
  return lines;
}

/* An entry that was written in part is taken back. */
static void drop_from(struct log *log, size_t written) {
  while (written > 0 && buffer[written - 1] != '\n') written--;
  log->size += written;
  if (ftruncate(log->fd, (off_t)log->size) < 0) log->size = 0; /* the next rotation starts afresh */
  log->dropped += count_lines(buffer + written, log->buffered - written);
}

void log_flush(struct log *log) {
  size_t length = log->buffered;
  size_t done = 0;
  if (length == 0) return;
  if (log->fd < 0) log->fd = open_file(log->path, 0);
  while (done < length && log->fd >= 0) {
    ssize_t written = write(log->fd, buffer + done, length - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += (size_t)written;
  }
  if (done == length) {
    log->size += length;
  } else if (log->fd >= 0) {
    drop_from(log, done);
  } else {
    log->dropped += count_lines(buffer, length);
  }
  log->buffered = 0;
}

/* path.1 becomes path.2 and so on, the oldest is replaced. */
static bool shift_files(const struct log *log) {
  char from[PATH_MAX];
  char to[PATH_MAX];
  for (uint32_t i = log->max_files - 1; i > 0; i--) {
    if (snprintf(to, sizeof to, "%s.%u", log->path, i) >= (int)sizeof to) return false;
    if (i == 1) {
      snprintf(from, sizeof from, "%s", log->path);
    } else if (snprintf(from, sizeof from, "%s.%u", log->path, i - 1) >= (int)sizeof from) {
      return false;
    }
    if (rename(from, to) < 0 && errno != ENOENT) return false;
  }
  return true;
}

/* Where the files can't be moved, the present one grows on: a line too many is better than a line lost. */
static void rotate(struct log *log) {
  if (!shift_files(log)) return;
  int next = open_file(log->path, log->max_files == 1 ? O_TRUNC : 0);
  if (log->fd >= 0) close(log->fd);
  log->fd = next;
  log->size = 0;
}

/* gmtime asks for the time zone's files; this is the civil calendar from days since 1970, by eras of 400 years. */
static void civil_date(int64_t days, int *year, unsigned *month, unsigned *day) {
  int64_t shifted = days + 719468; /* from 0000-03-01 */
  int64_t era = shifted / 146097;
  unsigned of_era = (unsigned)(shifted - era * 146097);
  unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  unsigned shifted_month = (5 * of_year + 2) / 153;
  *day = of_year - (153 * shifted_month + 2) / 5 + 1;
  *month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  *year = (int)(year_of_era + era * 400) + (*month <= 2);
}

static char *put_digits(char *at, unsigned value, int width) {
  for (int i = width; i-- > 0; value /= 10) at[i] = (char)('0' + value % 10);
  return at + width;
}

size_t format_time(char out[TIME_SIZE], const struct timespec *time) {
  int year;
  unsigned month;
  unsigned day;
  unsigned seconds = (unsigned)(time->tv_sec % 86400);
  char *at = out;
  civil_date(time->tv_sec / 86400, &year, &month, &day);
  at = put_digits(at, (unsigned)year, 4);
  *at++ = '-';
  at = put_digits(at, month, 2);
  *at++ = '-';
  at = put_digits(at, day, 2);
  *at++ = 'T';
  at = put_digits(at, seconds / 3600, 2);
  *at++ = ':';
  at = put_digits(at, seconds / 60 % 60, 2);
  *at++ = ':';
  at = put_digits(at, seconds % 60, 2);
  if (time->tv_nsec > 0) {
    *at++ = '.';
    at = put_digits(at, (unsigned)time->tv_nsec, 9);
    while (at[-1] == '0') at--;
  }
  *at++ = 'Z';
  *at = '\0';
  return (size_t)(at - out);
}

/* How many bytes the character that `first` begins has; 0 where none begins so. */
static size_t character_size(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

/* Length of the valid character at `text`, 0 where the bytes are none: overlong, a surrogate, beyond U+10FFFF, cut. */
static size_t valid_character(const uint8_t *text, size_t length) {
  size_t size = character_size(text[0]);
  if (size == 0 || size > length) return 0;
  for (size_t i = 1; i < size; i++)
    if ((text[i] & 0xc0) != 0x80) return 0;
  if (text[0] == 0xe0 && text[1] < 0xa0) return 0;
  if (text[0] == 0xed && text[1] > 0x9f) return 0;
  if (text[0] == 0xf0 && text[1] < 0x90) return 0;
  if (text[0] == 0xf4 && text[1] > 0x8f) return 0;
  return size;
}

size_t incomplete_tail(const char *text, size_t length) {
  const uint8_t *bytes = (const uint8_t *)text;
  for (size_t back = 1; back <= 3 && back <= length; back++) {
    uint8_t byte = bytes[length - back];
    if ((byte & 0xc0) == 0x80) continue;
    return character_size(byte) > back ? back : 0;
  }
  return 0;
}

static char *put_escape(char *at, unsigned code) {
  static const char digits[] = "0123456789abcdef";
  *at++ = '\\';
  *at++ = 'u';
  for (int shift = 12; shift >= 0; shift -= 4) *at++ = digits[code >> shift & 15];
  return at;
}

static char *put_ascii(char *at, char byte) {
  switch (byte) {
    case '"':
    case '\\': *at++ = '\\', *at++ = byte; return at;
    case '\n': *at++ = '\\', *at++ = 'n'; return at;
    case '\r': *at++ = '\\', *at++ = 'r'; return at;
    case '\t': *at++ = '\\', *at++ = 't'; return at;
    default: return put_escape(at, (uint8_t)byte);
  }
}

static bool is_plain(uint8_t byte) {
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\' && byte != '<' && byte != '>' && byte != '&';
}

size_t escape_json(char *out, const char *text, size_t length) {
  char *at = out;
  for (size_t i = 0; i < length;) {
    const uint8_t *here = (const uint8_t *)text + i;
    size_t size = 1;
    if (is_plain(*here)) {
      *at++ = (char)*here;
    } else if (*here < 0x80) {
      at = put_ascii(at, (char)*here);
    } else if ((size = valid_character(here, length - i)) == 0) {
      at = put_escape(at, 0xfffd);
      size = 1;
    } else if (size == 3 && here[0] == 0xe2 && here[1] == 0x80 && (here[2] & ~1) == 0xa8) {
      at = put_escape(at, here[2] == 0xa8 ? 0x2028 : 0x2029); /* JavaScript would end the line there */
    } else {
      memcpy(at, here, size);
      at += size;
    }
    i += size;
  }
  return (size_t)(at - out);
}

static char *put_text(char *at, const char *text) {
  return stpcpy(at, text);
}

void log_entry(struct log *log, const char *stream, const struct timespec *time, const char *text, size_t length) {
  if (!log->path) return;
  if (sizeof buffer - log->buffered < LOG_ENTRY_MAX) log_flush(log);
  char *start = buffer + log->buffered;
  char *at = put_text(start, "{\"log\":\"");
  at += escape_json(at, text, length);
  at = put_text(at, "\",\"stream\":\"");
  at = put_text(at, stream);
  at = put_text(at, "\",\"time\":\"");
  at += format_time(at, time);
  at = put_text(at, "\"}\n");
  size_t entry = (size_t)(at - start);
  uint64_t before = log->size + log->buffered;
  if (log->max_bytes == 0 || before == 0 || before + entry <= log->max_bytes) {
    log->buffered += entry;
    return;
  }
  log_flush(log);
  rotate(log);
  memmove(buffer, start, entry);
  log->buffered = entry;
}
