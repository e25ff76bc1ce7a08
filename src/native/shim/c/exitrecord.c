#define _GNU_SOURCE
#include "exitrecord.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "log.h"
#include "message.h"

static const char record_name[] = "exit";
static const char temporary_name[] = "exit.new";

struct buffer {
  char text[4096];
  size_t length;
};

/* Everything that is appended is bounded, and together smaller than the buffer. */
static void append(struct buffer *buffer, const char *text) {
  size_t length = strlen(text);
  if (length >= sizeof buffer->text - buffer->length) return;
  memcpy(buffer->text + buffer->length, text, length + 1);
  buffer->length += length;
}

static void append_string(struct buffer *buffer, const char *text) {
  size_t length = strnlen(text, sizeof((struct error *)0)->detail);
  char escaped[6 * sizeof((struct error *)0)->detail + 1];
  escaped[escape_json(escaped, text, length)] = '\0';
  append(buffer, "\"");
  append(buffer, escaped);
  append(buffer, "\"");
}

static void append_time(struct buffer *buffer, const char *name, const struct timespec *time) {
  char text[TIME_SIZE];
  format_time(text, time);
  append(buffer, name);
  append_string(buffer, text);
}

static void append_failure(struct buffer *buffer, const struct error *failure) {
  char number[32];
  snprintf(number, sizeof number, ",\"errno\":%d,\"detail\":", failure->number);
  append(buffer, ",\"failure\":{\"stage\":");
  append_string(buffer, failure->stage ? failure->stage : "");
  append(buffer, ",\"operation\":");
  append_string(buffer, failure->operation ? failure->operation : "");
  append(buffer, number);
  append_string(buffer, failure->detail);
  append(buffer, "}");
}

static void build(struct buffer *buffer, const struct exit_record *record) {
  char numbers[96];
  append(buffer, "{\"id\":");
  append_string(buffer, record->id);
  snprintf(numbers, sizeof numbers, ",\"exitCode\":%d,\"signal\":%d,\"logDropped\":%llu", record->exit_code, record->signal,
           (unsigned long long)record->log_dropped);
  append(buffer, numbers);
  if (record->started) append_time(buffer, ",\"startedAt\":", &record->started_at);
  append_time(buffer, ",\"finishedAt\":", &record->finished_at);
  if (record->has_failure) append_failure(buffer, &record->failure);
  append(buffer, "}\n");
}

/* A string of a payload into a buffer; what does not fit is cut. Returns where the next one begins. */
static const uint8_t *take_string(const uint8_t *at, const uint8_t *end, char *out, size_t size) {
  out[0] = '\0';
  if (end - at < 5) return end;
  size_t length = get_u32(at);
  at += 4;
  if (length >= (size_t)(end - at)) return end;
  size_t kept = length < size ? length : size - 1;
  memcpy(out, at, kept);
  out[kept] = '\0';
  return at + length + 1;
}

void exitrecord_set_failure(struct exit_record *record, const uint8_t *payload, size_t length) {
  const uint8_t *end = payload + length;
  record->has_failure = true;
  record->failure = (struct error){ .stage = record->failure_stage, .operation = record->failure_operation };
  if (length < 4) return;
  record->failure.number = (int)get_u32(payload);
  payload = take_string(payload + 4, end, record->failure_stage, sizeof record->failure_stage);
  payload = take_string(payload, end, record->failure_operation, sizeof record->failure_operation);
  take_string(payload, end, record->failure.detail, sizeof record->failure.detail);
}

int exitrecord_write(int run_dir, const struct exit_record *record, struct error *error) {
  struct buffer buffer = { .length = 0 };
  build(&buffer, record);
  cleanup_close int file = openat(run_dir, temporary_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return fail(error, "open", errno, temporary_name);
  if (write(file, buffer.text, buffer.length) != (ssize_t)buffer.length) return fail(error, "write", errno, temporary_name);
  if (renameat(run_dir, temporary_name, run_dir, record_name) < 0) return fail(error, "rename", errno, record_name);
  return 0;
}
