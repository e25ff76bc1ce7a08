#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "exitrecord.h"
#include "message.h"
#include "protocol.h"

static bool writes(const struct exit_record *record, const char *expected) {
  char directory[] = "/tmp/gantry-record-XXXXXX";
  char text[2048] = { 0 };
  struct error error;
  if (!mkdtemp(directory)) return false;
  int run_dir = open(directory, O_PATH | O_DIRECTORY);
  bool holds = exitrecord_write(run_dir, record, &error) == 0;
  int file = openat(run_dir, "exit", O_RDONLY);
  holds = holds && read(file, text, sizeof text - 1) > 0 && strcmp(text, expected) == 0;
  close(file);
  unlinkat(run_dir, "exit", 0);
  close(run_dir);
  rmdir(directory);
  return holds;
}

void test_exit_record(void) {
  struct exit_record record = { .id = "a\"b", .exit_code = 137, .signal = 9, .started = true, .log_dropped = 3 };
  record.started_at.tv_sec = 1700000000;
  record.finished_at = (struct timespec){ .tv_sec = 1700000001, .tv_nsec = 5 };
  check(writes(&record, "{\"id\":\"a\\\"b\",\"exitCode\":137,\"signal\":9,\"logDropped\":3,\"startedAt\":\"2023-11-14T22:13:20Z\","
                        "\"finishedAt\":\"2023-11-14T22:13:21.000000005Z\"}\n"));

  /* A failure travels as a message and is stored. */
  struct message message;
  message_begin(&message, MESSAGE_FAILED);
  message_u32(&message, 2);
  message_string(&message, "exec");
  message_string(&message, "lookup");
  message_string(&message, "no\nwhere");
  record = (struct exit_record){ .id = "x", .exit_code = 127 };
  exitrecord_set_failure(&record, message.bytes + FRAME_HEADER, message.length - FRAME_HEADER);
  check(writes(&record, "{\"id\":\"x\",\"exitCode\":127,\"signal\":0,\"logDropped\":0,\"finishedAt\":\"1970-01-01T00:00:00Z\","
                        "\"failure\":{\"stage\":\"exec\",\"operation\":\"lookup\",\"errno\":2,\"detail\":\"no\\nwhere\"}}\n"));

  /* Cut anywhere it stays within bounds. */
  for (size_t length = 0; length < message.length - FRAME_HEADER; length++)
    exitrecord_set_failure(&record, message.bytes + FRAME_HEADER, length);
}
