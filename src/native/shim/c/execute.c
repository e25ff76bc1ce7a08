#define _GNU_SOURCE
#include "execute.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static char **environment;
static char found[PATH_MAX];

static const char *find(char *const *list, const char *name) {
  size_t length = strlen(name);
  for (; *list; list++)
    if (strncmp(*list, name, length) == 0 && (*list)[length] == '=') return *list + length + 1;
  return NULL;
}

int execute_prepare_environment(const struct process_plan *process, const char *home, struct error *error) {
  environment = process->env.items;
  if (find(process->env.items, "HOME")) return 0;
  environment = calloc((size_t)process->env.count + 2, sizeof *environment);
  if (!environment) return fail(error, "malloc", ENOMEM, "environment");
  memcpy(environment, process->env.items, process->env.count * sizeof *environment);
  if (asprintf(&environment[process->env.count], "HOME=%s", home) < 0) return fail(error, "malloc", ENOMEM, "HOME");
  return 0;
}

/* 0, or the reason why this file can't be executed. */
static int why_not(const char *path) {
  struct stat status;
  if (stat(path, &status) < 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* A name without a slash, in each directory of PATH; the most telling reason wins: found but forbidden before missing. */
static int search(const char *name) {
  const char *path = find(environment, "PATH");
  int reason = ENOENT;
  if (!path) path = DEFAULT_PATH;
  for (;;) {
    const char *end = strchrnul(path, ':');
    int length = (int)(end - path);
    int written = snprintf(found, sizeof found, "%.*s/%s", length ? length : 1, length ? path : ".", name);
    int why = written < 0 || (size_t)written >= sizeof found ? ENAMETOOLONG : why_not(found);
    if (why == 0) return 0;
    if (why == EACCES) reason = EACCES;
    if (!*end) return reason;
    path = end + 1;
  }
}

int execute_look_up(const struct process_plan *process, struct error *error) {
  const char *name = process->args.items[0];
  bool has_slash = strchr(name, '/');
  int reason = ENOENT;
  if (name[0]) reason = has_slash ? why_not(name) : search(name);
  return reason == 0 ? 0 : fail(error, "lookup", reason, name);
}

void execute(const struct process_plan *process, struct error *error) {
  const char *path = found[0] ? found : process->args.items[0];
  execve(path, process->args.items, environment);
  fail(error, "execve", errno, path);
}
