#define _GNU_SOURCE
#include "handover.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "message.h"
#include "protocol.h"

union descriptor_space {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(int))];
};

int handover_send(int socket, uint8_t type, int fd, const char *subject, struct error *error) {
  union descriptor_space control = { 0 };
  struct message message;
  message_begin(&message, type);
  struct iovec part = { .iov_base = message.bytes, .iov_len = message.length };
  struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  ssize_t sent;
  do sent = sendmsg(socket, &envelope, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? fail(error, "sendmsg", errno, subject) : 0;
}

int handover_receive(int socket, uint8_t type, const char *subject, struct error *error) {
  union descriptor_space control = { 0 };
  struct message message;
  struct iovec part = { .iov_base = message.bytes, .iov_len = sizeof message.bytes };
  struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  ssize_t got;
  do got = recvmsg(socket, &envelope, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0) return fail(error, "recvmsg", errno, subject);
  struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
  if (got < FRAME_HEADER || message.bytes[0] != type || !header || header->cmsg_type != SCM_RIGHTS)
    return fail(error, "recvmsg", EPIPE, subject);
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}
