/* Building and sending frames of the control socket. */
#ifndef GANTRY_MESSAGE_H
#define GANTRY_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct message {
  uint8_t bytes[384];
  size_t length;
};

void message_begin(struct message *message, uint8_t type);
void message_u8(struct message *message, uint8_t value);
void message_u32(struct message *message, uint32_t value);
void message_u64(struct message *message, uint64_t value);
void message_string(struct message *message, const char *text);

/* Sends it whole; the reader being gone is no error here, since its end of file is seen elsewhere. */
void message_send(int fd, struct message *message);

/* MESSAGE_FAILED or MESSAGE_WARNING. */
void message_send_error(int fd, uint8_t type, const struct error *error);

void put_u32(uint8_t *at, uint32_t value);
uint32_t get_u32(const uint8_t *at);
uint16_t get_u16(const uint8_t *at);

#endif
