/* Clients of attach.sock that do what they like, in any order, cut anywhere, against the real state machine: the input is a
 * script of what they do and of what happens in the container meanwhile. What each of them gets must be whole frames. */
#define _GNU_SOURCE
#include "../attach.c"

#include <fcntl.h>

#include "fuzz.h"

#define CLIENTS 6

unsigned long fuzz_accepted;

/* One at the other end: how far the frames that it gets have come. */
static struct {
  int fd; /* -1: not there */
  bool greeted, ended;
  uint8_t header[FRAME_HEADER];
  size_t header_length;
  uint32_t payload_left;
} clients[CLIENTS];

static uint64_t stdin_sent, stdin_taken;
static unsigned ends;
static bool stdin_ended, is_congested;

static void take_stdin(const uint8_t *data, size_t length) {
  must(length > 0 && data);
  stdin_taken += length;
  must(stdin_taken <= stdin_sent);
}

static void take_end(void) {
  stdin_ended = true;
  ends++;
}

static void take_size(uint16_t rows, uint16_t columns) {
  (void)rows;
  (void)columns;
}

static void take_congestion(bool congested) {
  must(congested != is_congested);
  is_congested = congested;
}

static const struct attach_hooks script_hooks = {
  .stdin_data = take_stdin, .stdin_end = take_end, .resize = take_size, .congestion = take_congestion
};

void fuzz_repair(uint8_t *data, size_t size) {
  (void)data;
  (void)size;
}

static void frame_begins(int i) {
  must(clients[i].header[0] >= SHIM_HELLO_ACK && clients[i].header[0] <= SHIM_EXIT);
  must(clients[i].greeted == (clients[i].header[0] != SHIM_HELLO_ACK));
  must(!clients[i].ended);
  clients[i].greeted = true;
  clients[i].ended = clients[i].header[0] == SHIM_EXIT;
  clients[i].payload_left = get_u32(clients[i].header + 1);
  must(clients[i].payload_left <= 65536);
}

/* Whether anything came. */
static bool receive(int i, size_t most) {
  static uint8_t buffer[65536];
  if (clients[i].fd < 0) return false;
  ssize_t got = recv(clients[i].fd, buffer, most < sizeof buffer ? most : sizeof buffer, MSG_DONTWAIT);
  for (ssize_t at = 0; at < got;) {
    if (clients[i].payload_left > 0) {
      size_t left = (size_t)(got - at) < clients[i].payload_left ? (size_t)(got - at) : clients[i].payload_left;
      clients[i].payload_left -= (uint32_t)left;
      at += (ssize_t)left;
      continue;
    }
    clients[i].header[clients[i].header_length++] = buffer[at++];
    if (clients[i].header_length < FRAME_HEADER) continue;
    clients[i].header_length = 0;
    frame_begins(i);
  }
  return got > 0;
}

static void come(int i) {
  int sockets[2], small = 1;
  if (clients[i].fd >= 0) return;
  must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) == 0);
  /* So that a client that does not read is behind soon. */
  setsockopt(sockets[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  memset(&clients[i], 0, sizeof clients[i]);
  clients[i].fd = sockets[1];
  accept_client(sockets[0]);
}

static void go(int i) {
  if (clients[i].fd >= 0) close(clients[i].fd);
  clients[i].fd = -1;
}

static void say(int i, const void *data, size_t length) {
  if (clients[i].fd < 0) return;
  ssize_t sent = send(clients[i].fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  /* No more of it can come out again as stdin. */
  if (sent > 0) stdin_sent += (uint64_t)sent;
}

static void say_frame(int i, uint8_t type, const uint8_t *payload, size_t length) {
  uint8_t frame[FRAME_HEADER + 256] = { type };
  put_u32(frame + 1, (uint32_t)length);
  memcpy(frame + FRAME_HEADER, payload, length);
  say(i, frame, FRAME_HEADER + length);
}

static void say_hello(int i, uint8_t wants) {
  uint8_t hello[5] = { PROTOCOL_VERSION, 0, 0, 0, wants };
  say_frame(i, CLIENT_HELLO, hello, sizeof hello);
}

static void turn(void) {
  events_wait(0);
  attach_sweep();
}

/* One step: what, who, how much, and as many bytes as that says where it takes any. Returns how much of the script it took. */
static size_t step(const uint8_t *script, size_t size) {
  static const uint8_t output[20000];
  int i = script[1] % CLIENTS;
  size_t count = script[2];
  size_t follows = count < size - 3 ? count : size - 3;
  switch (script[0] % 13) {
    case 0: come(i); return 3;
    case 1: say(i, script + 3, follows); return 3 + follows;
    case 2: go(i); return 3;
    case 3:
      /* The monitor has drained everything before it tells of the end. */
      if (!attach.ended) attach_output(count & 1 ? SHIM_STDOUT : SHIM_STDERR, output, count * 32, count & 2);
      return 3;
    case 4: receive(i, count * 32 + 1); return 3;
    case 5: attach_pause_stdin(count & 1); return 3;
    case 6:
      if (!attach.ended) attach_exit((uint32_t)count, 0);
      return 3;
    case 7: turn(); return 3;
    case 8:
      if (clients[i].fd >= 0) shutdown(clients[i].fd, count & 1 ? SHUT_WR : SHUT_RD);
      return 3;
    case 9:
      come(i);
      say_hello(i, (uint8_t)count);
      return 3;
    case 10: say_frame(i, CLIENT_STDIN, script + 3, follows); return 3 + follows;
    case 11: say_frame(i, (uint8_t)(CLIENT_STDIN_EOF + (count & 3)), script + 3, follows); return 3 + follows;
    default: must(attach_has_clients() || !attach_has_supervisor()); return 3;
  }
}

static void reset(uint8_t flags) {
  static struct error error;
  static bool opened;
  if (!opened) must(events_open(&error) == 0);
  opened = true;
  memset(&attach, 0, sizeof attach);
  attach.listener.fd = -1;
  attach.hooks = &script_hooks;
  attach.ack_flags = flags & 3;
  attach.stdin_once = flags & 4;
  for (int i = 0; i < CLIENTS; i++) clients[i].fd = -1;
  stdin_sent = stdin_taken = ends = 0;
  stdin_ended = is_congested = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 4) return 0;
  reset(data[0]);
  for (size_t at = 1; size - at >= 3;) at += step(data + at, size - at);
  /* Whoever still reads hears the end, and nothing is left of those who went. */
  attach_pause_stdin(false);
  if (!attach.ended) attach_exit(0, 0);
  bool came = true;
  for (int round = 0; round < 400 && came; round++) {
    turn();
    came = false;
    for (int i = 0; i < CLIENTS; i++) came |= receive(i, SIZE_MAX);
  }
  for (int i = 0; i < CLIENTS; i++) {
    if (clients[i].ended) fuzz_accepted++;
    go(i);
  }
  for (int round = 0; round < 40 && attach.clients; round++) turn();
  must(!attach.clients && !attach_has_clients() && !is_congested);
  return 0;
}
