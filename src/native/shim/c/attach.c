#define _GNU_SOURCE
#include "attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "events.h"
#include "message.h"
#include "pending.h"

#define READ_SIZE 16384
static const char socket_name[] = "attach.sock";

struct client {
  struct source source; /* first: the source is the client */
  struct client *next;
  uint8_t wants;
  bool greeted;
  bool gone;
  bool deaf; /* hung up, but what it sent before is still to be read */
  uint8_t header[FRAME_HEADER];
  uint8_t header_length;
  uint32_t payload_left;
  uint8_t command[FRAME_MAX_COMMAND];
  uint8_t command_length;
  uint64_t lost;
  struct pending pending; /* while the socket takes no more */
};

static struct {
  struct source listener;
  struct client *clients;
  const struct client *first_stdin;
  const struct attach_hooks *hooks;
  uint8_t ack_flags;
  bool stdin_once, stdin_paused, congested, cleaned, ended;
  uint32_t exit_code, exit_signal;
  uint64_t progress;
} attach = { .listener = { .fd = -1 } };

static void client_ready(struct source *source, uint32_t events);

/* ---- towards the client ---- */

static void update_interest(struct client *client) {
  bool reads = !(attach.stdin_paused && (client->wants & WANTS_STDIN));
  uint32_t interest = reads ? EPOLLIN : 0u;
  if (client->pending.length > 0) interest |= EPOLLOUT;
  events_want(&client->source, interest);
}

static void update_congestion(void) {
  bool congested = false;
  for (const struct client *client = attach.clients; client && !congested; client = client->next)
    congested = !client->gone && client->pending.length > 0 && !(client->wants & WANTS_LOSSY);
  if (congested == attach.congested) return;
  attach.congested = congested;
  attach.hooks->congestion(congested);
}

static void leave(struct client *client) {
  if (client->gone) return;
  client->gone = true;
  events_close(&client->source);
  pending_clear(&client->pending);
  if (attach.first_stdin != client) return;
  attach.first_stdin = NULL;
  if (attach.stdin_once) attach.hooks->stdin_end();
}

static void keep(struct client *client, const uint8_t *data, size_t length) {
  if (!pending_append(&client->pending, data, length)) leave(client);
}

static void send_pending(struct client *client) {
  ssize_t sent = send(client->source.fd, client->pending.data, client->pending.length, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) leave(client);
    return;
  }
  attach.progress += (uint64_t)sent;
  pending_drop(&client->pending, (size_t)sent);
}

/* Sends what the socket takes and keeps the rest. */
static void send_frame(struct client *client, enum shim_frame type, const uint8_t *data, size_t length) {
  uint8_t header[FRAME_HEADER] = { (uint8_t)type };
  put_u32(header + 1, (uint32_t)length);
  size_t sent = 0;
  if (client->pending.length == 0) {
    struct iovec parts[2] = { { header, sizeof header }, { (void *)(uintptr_t)data, length } };
    struct msghdr envelope = { .msg_iov = parts, .msg_iovlen = 2 };
    ssize_t result = sendmsg(client->source.fd, &envelope, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (result < 0 && errno != EAGAIN && errno != EINTR) {
      leave(client);
      return;
    }
    sent = result < 0 ? 0 : (size_t)result;
    attach.progress += sent;
  }
  if (sent < sizeof header) keep(client, header + sent, sizeof header - sent);
  size_t data_sent = sent > sizeof header ? sent - sizeof header : 0;
  if (!client->gone && data_sent < length) keep(client, data + data_sent, length - data_sent);
  if (!client->gone) update_interest(client);
}

static void send_message(struct client *client, const struct message *message) {
  send_frame(client, (enum shim_frame)message->bytes[0], message->bytes + FRAME_HEADER, message->length - FRAME_HEADER);
}

static void send_exit(struct client *client) {
  struct message message;
  message_begin(&message, SHIM_EXIT);
  message_u32(&message, attach.exit_code);
  message_u32(&message, attach.exit_signal);
  send_message(client, &message);
}

/* A lossy client that is behind hears later how much it missed. */
static bool skip_lossy(struct client *client, size_t length, bool force) {
  if (!(client->wants & WANTS_LOSSY) || force) return false;
  if (client->pending.length > 0) {
    client->lost += length;
    return true;
  }
  return false;
}

static void tell_lost(struct client *client) {
  struct message message;
  if (client->lost == 0) return;
  message_begin(&message, SHIM_LOST);
  message_u64(&message, client->lost);
  client->lost = 0;
  send_message(client, &message);
}

void attach_output(enum shim_frame stream, const uint8_t *data, size_t length, bool force) {
  uint8_t wanted = stream == SHIM_STDOUT ? WANTS_STDOUT : WANTS_STDERR;
  for (struct client *client = attach.clients; client; client = client->next) {
    if (client->gone || !client->greeted || !(client->wants & wanted) || client->deaf) continue;
    if (skip_lossy(client, length, force)) continue;
    tell_lost(client);
    if (!client->gone) send_frame(client, stream, data, length);
  }
  if (!force) update_congestion();
}

/* ---- from the client ---- */

static void greet(struct client *client) {
  struct message message;
  if (client->greeted || client->command_length < 5 || get_u32(client->command) != PROTOCOL_VERSION) {
    leave(client);
    return;
  }
  client->wants = client->command[4];
  client->greeted = true;
  if ((client->wants & WANTS_STDIN) && !attach.first_stdin) attach.first_stdin = client;
  message_begin(&message, SHIM_HELLO_ACK);
  message_u32(&message, PROTOCOL_VERSION);
  message_u8(&message, attach.ack_flags);
  send_message(client, &message);
  if (attach.ended && !client->gone) send_exit(client);
}

static void run_command(struct client *client) {
  switch ((enum client_frame)client->header[0]) {
    case CLIENT_HELLO: greet(client); return;
    case CLIENT_STDIN: return; /* passed on as it came */
    case CLIENT_STDIN_EOF:
      if ((client->wants & WANTS_STDIN) && attach.stdin_once) attach.hooks->stdin_end();
      return;
    case CLIENT_RESIZE:
      if (client->command_length >= 4) attach.hooks->resize(get_u16(client->command), get_u16(client->command + 2));
      return;
    case CLIENT_CLEANED:
      if (client->wants & WANTS_SUPERVISOR) attach.cleaned = true;
      return;
    default: leave(client);
  }
}

static void header_complete(struct client *client) {
  client->payload_left = get_u32(client->header + 1);
  client->command_length = 0;
  bool is_stdin = client->header[0] == CLIENT_STDIN;
  if ((!client->greeted && client->header[0] != CLIENT_HELLO) || (!is_stdin && client->payload_left > FRAME_MAX_COMMAND))
    leave(client);
}

/* Takes part of a payload; returns how much. */
static size_t take_payload(struct client *client, const uint8_t *data, size_t length) {
  if (length > client->payload_left) length = client->payload_left;
  if (client->header[0] == CLIENT_STDIN) {
    if (length > 0 && (client->wants & WANTS_STDIN)) attach.hooks->stdin_data(data, length);
  } else {
    memcpy(client->command + client->command_length, data, length);
    client->command_length = (uint8_t)(client->command_length + length);
  }
  client->payload_left -= (uint32_t)length;
  return length;
}

static void feed(struct client *client, const uint8_t *data, size_t length) {
  while (length > 0 && !client->gone) {
    size_t taken;
    if (client->header_length < FRAME_HEADER) {
      taken = FRAME_HEADER - (size_t)client->header_length;
      if (taken > length) taken = length;
      memcpy(client->header + client->header_length, data, taken);
      client->header_length = (uint8_t)(client->header_length + taken);
      if (client->header_length == FRAME_HEADER) header_complete(client);
    } else {
      taken = take_payload(client, data, length);
    }
    data += taken;
    length -= taken;
    if (client->gone || client->header_length < FRAME_HEADER || client->payload_left > 0) continue;
    client->header_length = 0;
    run_command(client);
  }
}

static void read_client(struct client *client) {
  static uint8_t buffer[READ_SIZE];
  ssize_t got = recv(client->source.fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got > 0) {
    feed(client, buffer, (size_t)got);
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    leave(client);
  }
}

static void client_ready(struct source *source, uint32_t events) {
  struct client *client = (struct client *)source;
  bool reads = source->interest & EPOLLIN;
  if (events & EPOLLOUT) send_pending(client);
  if (!client->gone && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
    if (reads) {
      read_client(client);
    } else if (events & (EPOLLHUP | EPOLLERR)) {
      client->deaf = true;
      pending_clear(&client->pending);
    }
  }
  if (!client->gone) update_interest(client);
  update_congestion();
}

static void accept_client(int fd) {
  struct client *client = calloc(1, sizeof *client);
  if (!client) {
    close(fd);
    return;
  }
  client->source = (struct source){ .ready = client_ready, .fd = fd };
  client->next = attach.clients;
  attach.clients = client;
  update_interest(client);
  /* The hello mostly is here already. */
  read_client(client);
  if (!client->gone) update_interest(client);
}

void attach_accept(void) {
  while (attach.listener.fd >= 0) {
    int fd = accept4(attach.listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      accept_client(fd);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    return;
  }
}

static void listener_ready(struct source *source, uint32_t events) {
  (void)source;
  (void)events;
  attach_accept();
}

/* ---- as a whole ---- */

int attach_open(int run_dir, uint8_t ack_flags, bool stdin_once, const struct attach_hooks *hooks, struct error *error) {
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  attach.hooks = hooks;
  attach.ack_flags = ack_flags;
  attach.stdin_once = stdin_once;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(error, "socket", errno, socket_name);
  attach.listener = (struct source){ .ready = listener_ready, .fd = fd };
  unlinkat(run_dir, socket_name, 0);
  /* An address holds 107 bytes of path; a run directory may be deeper. */
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", run_dir, socket_name);
  mode_t before = umask(0177);
  int result = bind(fd, (struct sockaddr *)&address, sizeof address);
  int number = errno;
  umask(before);
  if (result < 0) return fail(error, "bind", number, socket_name);
  if (listen(fd, 64) < 0) return fail(error, "listen", errno, socket_name);
  events_want(&attach.listener, EPOLLIN);
  return 0;
}

void attach_pause_stdin(bool paused) {
  if (paused == attach.stdin_paused) return;
  attach.stdin_paused = paused;
  for (struct client *client = attach.clients; client; client = client->next)
    if (!client->gone && (client->wants & WANTS_STDIN)) update_interest(client);
}

void attach_exit(uint32_t exit_code, uint32_t signal) {
  attach.exit_code = exit_code;
  attach.exit_signal = signal;
  attach.ended = true;
  for (struct client *client = attach.clients; client; client = client->next) {
    if (client->gone || !client->greeted) continue;
    tell_lost(client);
    if (!client->gone) send_exit(client);
  }
}

bool attach_has_supervisor(void) {
  for (const struct client *client = attach.clients; client; client = client->next)
    if (!client->gone && (client->wants & WANTS_SUPERVISOR)) return true;
  return false;
}

bool attach_was_cleaned(void) {
  return attach.cleaned;
}

bool attach_has_clients(void) {
  for (const struct client *client = attach.clients; client; client = client->next)
    if (!client->gone) return true;
  return false;
}

uint64_t attach_progress(void) {
  uint64_t progress = attach.progress;
  attach.progress = 0;
  return progress;
}

void attach_sweep(void) {
  for (struct client **place = &attach.clients; *place;) {
    struct client *client = *place;
    if (!client->gone) {
      place = &client->next;
      continue;
    }
    *place = client->next;
    free(client);
  }
}

void attach_close(int run_dir) {
  if (attach.listener.fd < 0) return;
  events_close(&attach.listener);
  unlinkat(run_dir, socket_name, 0);
}
