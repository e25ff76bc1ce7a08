#define _GNU_SOURCE
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "kernel.h"

/* As the kernel's own limit for symbolic links in one lookup. */
#define MAX_LINKS 40
/* openat2 answers EAGAIN when something was renamed while it went through `..`. */
#define MAX_TRIES 64

static int open_patiently(int directory, const char *path, const struct kernel_open_how *how) {
  int fd = -1;
  for (int i = 0; i < MAX_TRIES; i++) {
    fd = kernel_openat2(directory, path, how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return fd;
}

int rootfs_open(int root, const char *path, uint64_t flags, uint64_t resolve) {
  struct kernel_open_how how = { .flags = flags | O_CLOEXEC, .resolve = IN_ROOT | NO_MAGICLINKS | resolve };
  if (flags & O_CREAT) how.mode = 0644;
  return open_patiently(root, path[0] ? path : "/", &how);
}

int rootfs_open_beneath(int directory, const char *path, uint64_t flags) {
  struct kernel_open_how how = { .flags = flags | O_CLOEXEC, .resolve = BENEATH | NO_MAGICLINKS };
  return open_patiently(directory, path, &how);
}

/* Length of the part before the last component; *name is that component without trailing slashes in `copy`. */
static void split_path(char *copy, char **name) {
  size_t length = strlen(copy);
  while (length > 0 && copy[length - 1] == '/') copy[--length] = '\0';
  char *slash = strrchr(copy, '/');
  *name = slash ? slash + 1 : copy;
}

static int ensure(int root, const char *path, enum file_kind kind, int links, struct error *error);

/* What stands at `name` is a symbolic link to nothing: make what it points to. */
static int ensure_link_target(int root, int parent, const char *path, enum file_kind kind, int links, struct error *error) {
  char link[PATH_MAX];
  char joined[2 * PATH_MAX];
  const char *slash = strrchr(path, '/');
  const char *name = slash ? slash + 1 : path;
  ssize_t length = readlinkat(parent, name, link, sizeof link - 1);
  if (length < 0) return fail(error, "readlink", errno, path);
  link[length] = '\0';
  if (links >= MAX_LINKS) return fail(error, "open", ELOOP, path);
  if (link[0] == '/') return ensure(root, link, kind, links + 1, error);
  int size = snprintf(joined, sizeof joined, "%.*s/%s", (int)(name - path), path, link);
  if (size < 0 || (size_t)size >= sizeof joined) return fail(error, "open", ENAMETOOLONG, path);
  return ensure(root, joined, kind, links + 1, error);
}

static int make(int parent, const char *name, enum file_kind kind) {
  if (kind == KIND_DIRECTORY) return mkdirat(parent, name, 0755);
  int fd = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return -1;
  close(fd);
  return 0;
}

static int ensure(int root, const char *path, enum file_kind kind, int links, struct error *error) {
  int found = rootfs_open(root, path, O_PATH, 0);
  if (found >= 0) return found;
  if (errno != ENOENT) return fail(error, "open", errno, path);

  cleanup_free char *copy = strdup(path);
  if (!copy) return fail(error, "malloc", ENOMEM, path);
  char *name;
  split_path(copy, &name);
  if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return fail(error, "open", ENOENT, path);
  cleanup_free char *parent_path = strndup(copy, (size_t)(name - copy));
  if (!parent_path) return fail(error, "malloc", ENOMEM, path);
  cleanup_close int parent = ensure(root, parent_path, KIND_DIRECTORY, links, error);
  if (parent < 0) return -1;

  if (make(parent, name, kind) < 0) {
    if (errno != EEXIST) return fail(error, kind == KIND_DIRECTORY ? "mkdir" : "create", errno, path);
    found = rootfs_open(root, copy, O_PATH, 0);
    if (found >= 0) return found;
    /* A link of /proc that leads past the rootfs is there, and must not be followed by its text either. */
    if (errno != ENOENT) return fail(error, "open", errno, path);
    return ensure_link_target(root, parent, copy, kind, links, error);
  }
  found = rootfs_open(root, copy, O_PATH, 0);
  return found >= 0 ? found : fail(error, "open", errno, path);
}

int rootfs_ensure(int root, const char *path, enum file_kind kind, struct error *error) {
  return ensure(root, path, kind, 0, error);
}

int rootfs_ensure_parent(int root, const char *path, const char **name, struct error *error) {
  const char *slash = strrchr(path, '/');
  *name = slash ? slash + 1 : path;
  if ((*name)[0] == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
    return fail(error, "open", EINVAL, path);
  if (!slash) return rootfs_ensure(root, "/", KIND_DIRECTORY, error);
  cleanup_free char *parent = strndup(path, (size_t)(slash - path));
  if (!parent) return fail(error, "malloc", ENOMEM, path);
  return rootfs_ensure(root, parent, KIND_DIRECTORY, error);
}

static const char *fd_directory = "/proc/self/fd/";

void fd_paths_from_here(void) {
  fd_directory = "";
}

const char *fd_path(char buffer[FD_PATH_SIZE], int fd) {
  snprintf(buffer, FD_PATH_SIZE, "%s%d", fd_directory, fd);
  return buffer;
}
