/* The two sockets that a monitor listens on while its container is being started: the engine's, and init's, which an image may
 * have talked into anything before execve closes it. */
#define _GNU_SOURCE
#include "../monitor.c"

#include "fuzz.h"

unsigned long fuzz_accepted;

void fuzz_repair(uint8_t *data, size_t size) {
  (void)data;
  (void)size;
}

static void reset(int *engine, int *init) {
  static struct error error;
  static bool opened;
  int control[2], status[2];
  if (!opened) must(events_open(&error) == 0);
  opened = true;
  must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, control) == 0);
  must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, status) == 0);
  memset(&monitor, 0, sizeof monitor);
  /* Nobody to be killed. */
  monitor.init = -1;
  monitor.control = (struct source){ .ready = control_ready, .fd = control[0] };
  monitor.status = (struct source){ .ready = status_ready, .fd = status[0] };
  events_want(&monitor.control, EPOLLIN);
  events_want(&monitor.status, EPOLLIN);
  *engine = control[1];
  *init = status[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  int engine, init;
  uint8_t heard[512];
  reset(&engine, &init);
  while (size >= 2) {
    size_t length = data[1] < size - 2 ? data[1] : size - 2;
    send(data[0] & 1 ? engine : init, data + 2, length, MSG_NOSIGNAL);
    if (data[0] & 2) events_wait(0);
    data += 2 + length;
    size -= 2 + length;
  }
  while (recv(init, heard, sizeof heard, MSG_DONTWAIT) > 0) must(heard[0] == COMMAND_GO);
  close(init);
  for (int round = 0; round < 4; round++) events_wait(0);
  must(monitor.status.fd < 0);
  must(!(monitor.started && monitor.record.has_failure));
  if (monitor.started || monitor.record.has_failure) fuzz_accepted++;
  while (recv(engine, heard, sizeof heard, MSG_DONTWAIT) > 0) continue;
  close(engine);
  events_close(&monitor.control);
  return 0;
}
