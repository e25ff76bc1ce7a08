/* The container's pty. It is made in the container's own devpts, so that programs inside find its name. */
#ifndef GANTRY_TERMINAL_H
#define GANTRY_TERMINAL_H

#include <stdint.h>

#include "error.h"

struct terminal {
  int master, slave;
};

/* `root` is a descriptor of the rootfs. Size 0 leaves the kernel's. */
int terminal_open(int root, uint16_t rows, uint16_t columns, struct terminal *terminal, struct error *error);

/* The other side of a pty; -1 with errno. */
int terminal_peer(int master);

int terminal_resize(int master, uint16_t rows, uint16_t columns);

/* Sends the master over a unix socket. */
int terminal_send_master(int socket, int master, struct error *error);

#endif
