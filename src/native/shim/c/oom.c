#define _GNU_SOURCE
#include "oom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"

#define PATH_SIZE 48

static void format_path(char path[PATH_SIZE], pid_t pid) {
  if (pid > 0)
    snprintf(path, PATH_SIZE, "/proc/%d/oom_score_adj", pid);
  else
    snprintf(path, PATH_SIZE, "/proc/self/oom_score_adj");
}

int oom_score(void) {
  char path[PATH_SIZE];
  char text[16] = { 0 };
  format_path(path, 0);
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) return 0;
  return atoi(text);
}

int oom_set_score(pid_t pid, int score) {
  char path[PATH_SIZE];
  char text[16];
  format_path(path, pid);
  int length = snprintf(text, sizeof text, "%d", score);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  bool written = write(fd, text, (size_t)length) == length;
  int number = errno;
  close(fd);
  errno = number;
  return written ? 0 : -1;
}

void oom_set_planned_score(const struct process_plan *process, pid_t pid, warn_function *warn) {
  char path[PATH_SIZE];
  struct error warning = { .stage = "confine" };
  if (!process->has_oom_score || oom_set_score(pid, process->oom_score) == 0) return;
  int number = errno;
  format_path(path, pid);
  fail(&warning, "write", number, path);
  warn(&warning);
}
