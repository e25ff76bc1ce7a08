#define _GNU_SOURCE
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "attach.h"
#include "cleanup.h"
#include "events.h"
#include "pending.h"
#include "terminal.h"

struct stream {
  struct source source; /* first: the source is the stream */
  enum shim_frame frame;
  const char *name;
  size_t length; /* of the line that is not complete */
  char *line; /* LOG_LINE bytes */
};

static void stream_ready(struct source *source, uint32_t events);
static void stdin_ready(struct source *source, uint32_t events);
static void discard_waiting(void);
static void close_stdin(void);

/* Apart from the initialized data, so that pages that were never written to cost nothing. */
static char lines[2][LOG_LINE];

static struct {
  struct stream out, err;
  struct source in;
  struct log *log;
  int master; /* of the terminal, else -1 */
  int slave;  /* held so that the terminal does not end while nobody in the container has it open */
  bool draining;
  bool awaits_terminal; /* clients may be quicker than the container: what they send waits for its pty */
  uint16_t rows, columns; /* asked for before there was a pty */
  bool ends; /* stdin is to be closed when what waits is written */
  struct pending waiting;
} stdio = {
  .out = { .source = { .ready = stream_ready, .fd = -1 }, .frame = SHIM_STDOUT, .name = "stdout", .line = lines[0] },
  .err = { .source = { .ready = stream_ready, .fd = -1 }, .frame = SHIM_STDERR, .name = "stderr", .line = lines[1] },
  .in = { .ready = stdin_ready, .fd = -1 },
  .master = -1,
  .slave = -1,
};

static int make_pipe(int *reader, int *writer, struct error *error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return fail(error, "pipe", errno, "stdio");
  *reader = ends[0];
  *writer = ends[1];
  return 0;
}

int stdio_make(bool terminal, bool open_stdin, struct stdio_pipes *pipes, struct error *error) {
  memset(pipes, -1, sizeof *pipes);
  if (terminal) return 0;
  if (make_pipe(&pipes->theirs[0], &pipes->ours[0], error) < 0) return -1;
  if (!open_stdin) {
    close(pipes->ours[0]);
    pipes->ours[0] = -1;
  }
  if (make_pipe(&pipes->ours[1], &pipes->theirs[1], error) < 0) return -1;
  return make_pipe(&pipes->ours[2], &pipes->theirs[2], error);
}

/* Of pipes and terminals, which have no other flag. */
static void set_nonblocking(int fd) {
  if (fd >= 0) fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void watch(struct stream *stream, int fd) {
  set_nonblocking(fd);
  stream->source.fd = fd;
  events_want(&stream->source, EPOLLIN);
}

void stdio_watch(const struct stdio_pipes *pipes, struct log *log) {
  stdio.log = log;
  stdio.awaits_terminal = pipes->ours[1] < 0;
  if (stdio.awaits_terminal) return;
  watch(&stdio.out, pipes->ours[1]);
  watch(&stdio.err, pipes->ours[2]);
  set_nonblocking(pipes->ours[0]);
  stdio.in.fd = pipes->ours[0];
}

int stdio_watch_terminal(int master, bool open_stdin, struct error *error) {
  stdio.master = master;
  /* An init may close it and open /dev/console again later, as systemd does for each line. */
  stdio.slave = terminal_peer(master);
  set_nonblocking(master);
  /* Copies, since one descriptor can be in the set only once. */
  int out = fcntl(master, F_DUPFD_CLOEXEC, 0);
  int in = open_stdin ? fcntl(master, F_DUPFD_CLOEXEC, 0) : -1;
  if (out < 0 || (open_stdin && in < 0)) return fail(error, "dup", errno, "pty");
  watch(&stdio.out, out);
  stdio.in.fd = in;
  stdio.awaits_terminal = false;
  if (stdio.rows || stdio.columns) terminal_resize(master, stdio.rows, stdio.columns);
  if (in < 0) discard_waiting();
  if (stdio.waiting.length > 0) events_want(&stdio.in, EPOLLOUT);
  return 0;
}

/* ---- from the container ---- */

/* Complete lines, and pieces of one that is longer than the buffer, become log entries; the rest waits. */
static void log_lines(struct stream *stream, const struct timespec *now) {
  size_t start = 0;
  for (;;) {
    const char *newline = memchr(stream->line + start, '\n', stream->length - start);
    if (!newline) break;
    size_t end = (size_t)(newline - stream->line) + 1;
    log_entry(stdio.log, stream->name, now, stream->line + start, end - start);
    start = end;
  }
  if (start == 0 && stream->length == (size_t)LOG_LINE) {
    /* Between characters, so that none is torn apart. */
    start = stream->length - incomplete_tail(stream->line, stream->length);
    log_entry(stdio.log, stream->name, now, stream->line, start);
  }
  stream->length -= start;
  memmove(stream->line, stream->line + start, stream->length);
}

static void log_rest(struct stream *stream) {
  struct timespec now;
  if (!stdio.log || stream->length == 0) return;
  clock_gettime(CLOCK_REALTIME, &now);
  log_entry(stdio.log, stream->name, &now, stream->line, stream->length);
  stream->length = 0;
}

/* One read. False when there is nothing now; a stream that has ended is closed. */
static bool read_stream(struct stream *stream) {
  struct timespec now;
  char *place = stream->line + stream->length;
  ssize_t got = read(stream->source.fd, place, (size_t)LOG_LINE - stream->length);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    /* End of file; EIO is a terminal that nobody has open, ourselves included. */
    events_close(&stream->source);
    return false;
  }
  attach_output(stream->frame, (const uint8_t *)place, (size_t)got, stdio.draining);
  if (!stdio.log || !stdio.log->path) return true;
  clock_gettime(CLOCK_REALTIME, &now);
  stream->length += (size_t)got;
  log_lines(stream, &now);
  return true;
}

static void stream_ready(struct source *source, uint32_t events) {
  (void)events;
  struct stream *stream = (struct stream *)source;
  read_stream(stream);
  if (stream->source.fd < 0) log_rest(stream);
  if (stdio.log) log_flush(stdio.log);
}

void stdio_congestion(bool congested) {
  uint32_t interest = congested ? 0 : EPOLLIN;
  events_want(&stdio.out.source, interest);
  events_want(&stdio.err.source, interest);
}

static void drain(struct stream *stream) {
  /* A writer that outlived init (an exec's background child) could go on for ever: what a pipe can hold is enough. */
  size_t rounds = (4u << 20) / LOG_LINE;
  while (stream->source.fd >= 0 && rounds-- > 0 && read_stream(stream)) continue;
  log_rest(stream);
}

void stdio_drain(void) {
  stdio.draining = true;
  stdio.awaits_terminal = false;
  close_fd_at(&stdio.slave);
  drain(&stdio.out);
  drain(&stdio.err);
  if (stdio.log) log_flush(stdio.log);
  events_close(&stdio.out.source);
  events_close(&stdio.err.source);
  close_stdin();
}

/* ---- to the container ---- */

static void discard_waiting(void) {
  pending_clear(&stdio.waiting);
  attach_pause_stdin(false);
}

static void close_stdin(void) {
  discard_waiting();
  events_close(&stdio.in);
}

/* How much was taken; a stdin that nobody reads any more takes everything. */
static size_t write_some(const uint8_t *data, size_t length) {
  if (stdio.in.fd < 0) return stdio.awaits_terminal ? 0 : length;
  ssize_t written = write(stdio.in.fd, data, length);
  if (written >= 0) return (size_t)written;
  if (errno == EAGAIN || errno == EINTR) return 0;
  close_stdin();
  return length;
}

void stdio_write_stdin(const uint8_t *data, size_t length) {
  size_t taken = stdio.waiting.length > 0 ? 0 : write_some(data, length);
  if (taken == length || !pending_append(&stdio.waiting, data + taken, length - taken)) return;
  events_want(&stdio.in, EPOLLOUT);
  attach_pause_stdin(true);
}

static void stdin_ready(struct source *source, uint32_t events) {
  (void)source;
  (void)events;
  size_t taken = write_some(stdio.waiting.data, stdio.waiting.length);
  if (stdio.in.fd < 0) return;
  pending_drop(&stdio.waiting, taken);
  if (stdio.waiting.length > 0) return;
  events_want(&stdio.in, 0);
  attach_pause_stdin(false);
  if (stdio.ends) close_stdin();
}

void stdio_end_stdin(void) {
  /* A terminal has no end of input but the character that its user types. */
  if (stdio.master >= 0 || stdio.awaits_terminal) return;
  stdio.ends = true;
  if (stdio.waiting.length == 0) close_stdin();
}

void stdio_resize(uint16_t rows, uint16_t columns) {
  stdio.rows = rows;
  stdio.columns = columns;
  if (stdio.master >= 0) terminal_resize(stdio.master, rows, columns);
}
