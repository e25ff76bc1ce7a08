#include "message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "protocol.h"

void put_u32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> 8 * i);
}

uint32_t get_u32(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint16_t get_u16(const uint8_t *at) {
  return (uint16_t)(at[0] | at[1] << 8);
}

static void append(struct message *message, const void *data, size_t size) {
  if (size > sizeof message->bytes - message->length) size = sizeof message->bytes - message->length;
  memcpy(message->bytes + message->length, data, size);
  message->length += size;
  put_u32(message->bytes + 1, (uint32_t)(message->length - FRAME_HEADER));
}

void message_begin(struct message *message, uint8_t type) {
  message->bytes[0] = type;
  message->length = FRAME_HEADER;
  put_u32(message->bytes + 1, 0);
}

void message_u8(struct message *message, uint8_t value) {
  append(message, &value, sizeof value);
}

void message_u32(struct message *message, uint32_t value) {
  uint8_t bytes[4];
  put_u32(bytes, value);
  append(message, bytes, sizeof bytes);
}

void message_u64(struct message *message, uint64_t value) {
  message_u32(message, (uint32_t)value);
  message_u32(message, (uint32_t)(value >> 32));
}

void message_string(struct message *message, const char *text) {
  size_t length = strlen(text);
  message_u32(message, (uint32_t)length);
  append(message, text, length + 1);
}

void message_send(int fd, struct message *message) {
  ssize_t sent;
  /* Not send: init says its last words under the container's seccomp program, which may refuse calls for sockets. */
  do sent = write(fd, message->bytes, message->length);
  while (sent < 0 && errno == EINTR);
}

void message_send_error(int fd, uint8_t type, const struct error *error) {
  struct message message;
  message_begin(&message, type);
  message_u32(&message, (uint32_t)error->number);
  message_string(&message, error->stage ? error->stage : "");
  message_string(&message, error->operation ? error->operation : "");
  message_string(&message, error->detail);
  message_send(fd, &message);
}
