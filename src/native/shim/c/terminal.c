#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "handover.h"
#include "protocol.h"
#include "rootfs.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* A container that put something else in this place must not get it opened by us. */
static int is_ptmx(int fd) {
  struct stat status;
  struct statfs filesystem;
  return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(5, 2) &&
         fstatfs(fd, &filesystem) == 0 && filesystem.f_type == DEVPTS_SUPER_MAGIC;
}

int terminal_open(int root, uint16_t rows, uint16_t columns, struct terminal *terminal, struct error *error) {
  static const char *const ptmx = "/dev/pts/ptmx";
  int unlocked = 0;
  error->stage = "terminal";
  terminal->slave = -1;
  terminal->master = rootfs_open(root, ptmx, O_RDWR | O_NOCTTY | O_NONBLOCK, 0);
  if (terminal->master < 0) return fail(error, "open", errno, ptmx);
  if (!is_ptmx(terminal->master)) return fail(error, "open", ENOTTY, ptmx);
  if (ioctl(terminal->master, TIOCSPTLCK, &unlocked) < 0) return fail(error, "ioctl", errno, "TIOCSPTLCK");
  /* The other side without a path, which the container could bend. */
  terminal->slave = terminal_peer(terminal->master);
  if (terminal->slave < 0) return fail(error, "ioctl", errno, "TIOCGPTPEER");
  if ((rows || columns) && terminal_resize(terminal->master, rows, columns) < 0)
    return fail(error, "ioctl", errno, "TIOCSWINSZ");
  return 0;
}

int terminal_peer(int master) {
  return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int terminal_resize(int master, uint16_t rows, uint16_t columns) {
  struct winsize size = { .ws_row = rows, .ws_col = columns };
  return ioctl(master, TIOCSWINSZ, &size);
}

int terminal_send_master(int socket, int master, struct error *error) {
  return handover_send(socket, MESSAGE_TERMINAL, master, "pty", error);
}
