#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "log.h"

static bool escapes_to(const char *text, size_t length, const char *expected) {
  char out[256];
  size_t size = escape_json(out, text, length);
  return size == strlen(expected) && memcmp(out, expected, size) == 0;
}

static void test_escape(void) {
  check(escapes_to("plain", 5, "plain"));
  check(escapes_to("a\"b\\c\n\r\t", 8, "a\\\"b\\\\c\\n\\r\\t"));
  check(escapes_to("\0\x1f<>&", 5, "\\u0000\\u001f\\u003c\\u003e\\u0026"));
  check(escapes_to("\x7f", 1, "\x7f"));
  check(escapes_to("ä€😀", 9, "ä€😀"));
  check(escapes_to("\xe2\x80\xa8\xe2\x80\xa9", 6, "\\u2028\\u2029"));
  /* Each byte that begins nothing valid: alone, overlong, a surrogate, too large, cut. */
  check(escapes_to("\xff", 1, "\\ufffd"));
  check(escapes_to("\xc0\xaf", 2, "\\ufffd\\ufffd"));
  check(escapes_to("\xed\xa0\x80", 3, "\\ufffd\\ufffd\\ufffd"));
  check(escapes_to("\xf4\x90\x80\x80", 4, "\\ufffd\\ufffd\\ufffd\\ufffd"));
  check(escapes_to("\xe2\x82", 2, "\\ufffd\\ufffd"));
}

static void test_tail(void) {
  check(incomplete_tail("abc", 3) == 0);
  check(incomplete_tail("ä", 2) == 0);
  check(incomplete_tail("\xc3", 1) == 1);
  check(incomplete_tail("x\xe2\x82", 3) == 2);
  check(incomplete_tail("x\xf0\x9f\x98", 4) == 3);
  check(incomplete_tail("\x80\x80\x80\x80", 4) == 0);
  check(incomplete_tail("", 0) == 0);
}

static bool formats_to(int64_t seconds, long nanoseconds, const char *expected) {
  char text[TIME_SIZE];
  struct timespec time = { .tv_sec = seconds, .tv_nsec = nanoseconds };
  return format_time(text, &time) == strlen(expected) && strcmp(text, expected) == 0;
}

static void test_time(void) {
  check(formats_to(0, 0, "1970-01-01T00:00:00Z"));
  check(formats_to(951782400, 5, "2000-02-29T00:00:00.000000005Z"));
  check(formats_to(1700000000, 120000000, "2023-11-14T22:13:20.12Z"));
  check(formats_to(4107542399, 999999999, "2100-02-28T23:59:59.999999999Z"));
  check(formats_to(4107542400, 0, "2100-03-01T00:00:00Z"));
}

static off_t size_of(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_size : -1;
}

static struct log log_under_test = { .fd = -1 };

static void open_log(const char *path, uint64_t max_bytes, uint32_t max_files) {
  struct error error;
  check(log_open(&log_under_test, path, max_bytes, max_files, &error) == 0);
}

static void close_log(void) {
  close(log_under_test.fd);
  free(log_under_test.path);
  memset(&log_under_test, 0, sizeof log_under_test);
  log_under_test.fd = -1;
}

static void write_line(const char *text) {
  struct timespec time = { .tv_sec = 1700000000 };
  log_entry(&log_under_test, "stdout", &time, text, strlen(text));
}

/* {"log":"line\n","stream":"stdout","time":"2023-11-14T22:13:20Z"}\n */
#define ENTRY 65

static void test_rotation(const char *directory) {
  char path[128];
  char rotated[128];
  snprintf(path, sizeof path, "%s/log", directory);
  snprintf(rotated, sizeof rotated, "%s/log.1", directory);
  open_log(path, 2 * ENTRY, 2);
  write_line("line\n");
  log_flush(&log_under_test);
  check(size_of(path) == ENTRY);
  write_line("line\n");
  log_flush(&log_under_test);
  check(size_of(path) == 2 * ENTRY && size_of(rotated) < 0);
  write_line("line\n");
  log_flush(&log_under_test);
  check(size_of(path) == ENTRY && size_of(rotated) == 2 * ENTRY);
  close_log();
  /* A log that is opened again goes on where it was. */
  open_log(path, 2 * ENTRY, 2);
  write_line("line\n");
  write_line("line\n");
  log_flush(&log_under_test);
  check(size_of(path) == ENTRY && size_of(rotated) == 2 * ENTRY);
  close_log();
  unlink(rotated);
  /* One file: it is emptied. */
  open_log(path, ENTRY, 1);
  write_line("line\n");
  log_flush(&log_under_test);
  check(size_of(path) == ENTRY && size_of(rotated) < 0);
  close_log();
  unlink(path);
}

static void test_long_entries(const char *directory) {
  static char line[LOG_LINE];
  struct timespec time = { .tv_sec = 1 };
  char path[128];
  snprintf(path, sizeof path, "%s/long", directory);
  memset(line, 1, sizeof line);
  open_log(path, 0, 1);
  /* More than the buffer holds, each byte at its longest. */
  for (int i = 0; i < 5; i++) log_entry(&log_under_test, "stderr", &time, line, sizeof line);
  log_flush(&log_under_test);
  check(size_of(path) > 5 * 6 * LOG_LINE);
  check(log_under_test.dropped == 0);
  close_log();
  unlink(path);
}

static void test_full_disk(void) {
  open_log("/dev/full", 0, 1);
  write_line("one\n");
  write_line("two\n");
  log_flush(&log_under_test);
  check(log_under_test.dropped == 2 && log_under_test.buffered == 0);
  close_log();
}

void test_log(void) {
  char directory[] = "/tmp/gantry-log-XXXXXX";
  test_escape();
  test_tail();
  test_time();
  check(mkdtemp(directory) != NULL);
  test_rotation(directory);
  test_long_entries(directory);
  test_full_disk();
  check(rmdir(directory) == 0);
}
