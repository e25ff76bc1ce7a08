/* Texts that the shim reads and containers write: /etc/passwd and /etc/group of an image, what a container prints (which
 * becomes JSON), and the failure that init reports. The first byte chooses. */
#define _GNU_SOURCE
#include <string.h>

#include "exitrecord.h"
#include "fuzz.h"
#include "log.h"
#include "user.h"

unsigned long fuzz_accepted;

void fuzz_repair(uint8_t *data, size_t size) {
  (void)data;
  (void)size;
}

/* user 0 group wanted 0 passwd 0 group file */
static void read_users(char *text, size_t size) {
  char *parts[4];
  for (int i = 0; i < 4; i++) {
    size_t length = strnlen(text, size);
    parts[i] = strndup(text, length);
    must(parts[i]);
    if (length < size) length++;
    text += length;
    size -= length;
  }
  char *groups[2] = { parts[1], NULL };
  struct process_plan process = { .user = parts[0], .groups = { .items = groups, .count = parts[1][0] ? 1 : 0 } };
  struct identity identity;
  struct error error = { .stage = "user" };
  if (user_resolve_in(&process, parts[2], parts[3], &identity, &error) == 0) {
    must(identity.group_count > 0 && identity.home[0] != '\0');
    fuzz_accepted++;
  } else {
    must(error.detail[0] != '\0');
  }
  free(identity.groups);
  for (int i = 0; i < 4; i++) free(parts[i]);
}

/* Quotes, backslashes and control characters only as escapes, and no byte that is not UTF-8: one entry stays one line. */
static void escape(const char *text, size_t size) {
  char *out = malloc(size * 6 + 1);
  must(out);
  size_t length = escape_json(out, text, size);
  must(length <= size * 6);
  for (size_t i = 0; i < length; i++) {
    must((unsigned char)out[i] >= 0x20 && out[i] != '"');
    if (out[i] != '\\') continue;
    must(++i < length && strchr("\"\\/bfnrtu", out[i]));
  }
  must(incomplete_tail(text, size) <= 3);
  fuzz_accepted++;
  free(out);
}

static void take_failure(const uint8_t *payload, size_t size) {
  struct exit_record record = { .id = "x" };
  exitrecord_set_failure(&record, payload, size);
  must(strnlen(record.failure.detail, sizeof record.failure.detail) < sizeof record.failure.detail);
  must(strnlen(record.failure_stage, sizeof record.failure_stage) < sizeof record.failure_stage);
  must(strnlen(record.failure_operation, sizeof record.failure_operation) < sizeof record.failure_operation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  char *text = malloc(size);
  must(text);
  memcpy(text, data + 1, size - 1);
  switch (data[0] % 3) {
    case 0: read_users(text, size - 1); break;
    case 1: escape(text, size - 1); break;
    default: take_failure((const uint8_t *)text, size - 1);
  }
  free(text);
  return 0;
}
