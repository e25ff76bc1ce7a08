#define _GNU_SOURCE
#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cleanup.h"
#include "kernel.h"
#include "rootfs.h"

/* fsconfig copies at most so many bytes of a value, the closing 0 included. */
#define MAX_VALUE 256
/* mount(2) copies one page. */
#define MAX_DATA 4096
/* An old kernel has no such option; the build that plays one asks for one that no kernel has. */
#ifdef OLD_KERNEL
#define LOWERDIR_ADD "lowerdir-"
#else
#define LOWERDIR_ADD "lowerdir+"
#endif

/* A path that fsconfig can't take as text (too long, or with the backslash that overlayfs would unescape) goes as
 * a descriptor, which stays open until the process executes or ends. */
static const char *as_value(const char *path, char buffer[FD_PATH_SIZE], struct error *error) {
  if (strlen(path) < MAX_VALUE && !strchr(path, '\\')) return path;
  int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    fail(error, "open", errno, path);
    return NULL;
  }
  return fd_path(buffer, fd);
}

/* The kernel's own words, where it left some: "e overlay: …". */
static int fail_with_log(int fs, const char *operation, const char *subject, struct error *error) {
  int number = errno;
  char text[sizeof error->detail];
  ssize_t length = read(fs, text, sizeof text - 1);
  if (length <= 2) return fail(error, operation, number, subject);
  while (length > 0 && text[length - 1] == '\n') length--;
  text[length] = '\0';
  return fail(error, operation, number, text + 2);
}

static int set_directory(int fs, const char *key, const char *path, struct error *error) {
  char buffer[FD_PATH_SIZE];
  const char *value = as_value(path, buffer, error);
  if (!value) return -1;
  if (kernel_fsconfig(fs, CONFIG_STRING, key, value) < 0) return fail_with_log(fs, "fsconfig", path, error);
  return 0;
}

static int set_option(int fs, const char *option, struct error *error) {
  char key[MAX_VALUE];
  const char *equals = strchr(option, '=');
  size_t length = equals ? (size_t)(equals - option) : strlen(option);
  if (length >= sizeof key) return fail(error, "fsconfig", E2BIG, option);
  memcpy(key, option, length);
  key[length] = '\0';
  int result = equals ? kernel_fsconfig(fs, CONFIG_STRING, key, equals + 1) : kernel_fsconfig(fs, CONFIG_FLAG, key, NULL);
  return result < 0 ? fail_with_log(fs, "fsconfig", option, error) : 0;
}

/* Before Linux 6.5 overlayfs took its options as one text behind fsconfig's back: a page for all of them, without `lowerdir+`,
 * and what it does not know it complains of on the console. Such a file system refuses descriptors in its own way. */
static bool takes_text_only(int fs) {
  char complaint[128];
  if (kernel_fsconfig(fs, CONFIG_FD, "source", NULL) < 0 && errno == EOPNOTSUPP) return true;
  /* Others say that this was no source, which is not to be told as the reason of a later failure. */
  if (read(fs, complaint, sizeof complaint) < 0) return false;
  return false;
}

/* *unsupported: up to Linux 6.7 it takes options one by one and does not know this one; nothing else is said in these words. */
static int set_lowerdirs(int fs, const struct strings *lower, bool *unsupported, struct error *error) {
  for (uint32_t i = 0; i < lower->count; i++) {
    if (set_directory(fs, LOWERDIR_ADD, lower->items[i], error) == 0) continue;
    *unsupported = error->number == EINVAL && strstr(error->detail, "Unknown parameter '" LOWERDIR_ADD "'");
    return -1;
  }
  return 0;
}

static int configure(int fs, const struct op *op, bool *unsupported, struct error *error) {
  const struct strings *options = &op->as.overlay.options;
  if (set_lowerdirs(fs, &op->as.overlay.lowerdirs, unsupported, error) < 0) return -1;
  if (op->as.overlay.upperdir[0]) {
    if (set_directory(fs, "upperdir", op->as.overlay.upperdir, error) < 0) return -1;
    if (set_directory(fs, "workdir", op->as.overlay.workdir, error) < 0) return -1;
  }
  for (uint32_t i = 0; i < options->count; i++)
    if (set_option(fs, options->items[i], error) < 0) return -1;
  kernel_fsconfig(fs, CONFIG_STRING, "source", "overlay");
  return kernel_fsconfig(fs, CONFIG_CREATE, NULL, NULL) < 0 ? fail_with_log(fs, "mount", "overlay", error) : 0;
}

int overlay_detached(const struct op *op, bool *unsupported, struct error *error) {
  *unsupported = false;
  cleanup_close int fs = kernel_fsopen("overlay");
  if (fs < 0) {
    *unsupported = errno == ENOSYS;
    return fail(error, "fsopen", errno, "overlay");
  }
  *unsupported = takes_text_only(fs);
  if (*unsupported) return -1;
  if (configure(fs, op, unsupported, error) < 0) return -1;
  int mount = kernel_fsmount(fs);
  return mount < 0 ? fail_with_log(fs, "fsmount", "overlay", error) : mount;
}

struct data {
  char text[MAX_DATA];
  size_t length;
};

static int append(struct data *data, const char *text, struct error *error) {
  size_t length = strlen(text);
  if (length >= sizeof data->text - data->length) return fail(error, "mount", E2BIG, "options of the overlay");
  memcpy(data->text + data->length, text, length + 1);
  data->length += length;
  return 0;
}

/* By its path, which mountinfo tells to whoever asks what the overlay is made of; or by the number of a descriptor, relative to
 * /proc/self/fd: four characters a layer, whatever the paths. */
static int append_directory(struct data *data, const char *path, bool by_number, struct error *error) {
  char number[16];
  int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(error, "open", errno, path);
  snprintf(number, sizeof number, "%d", fd);
  if (by_number) return append(data, number, error);
  close(fd);
  /* A comma ends an option, a colon a layer, and a backslash hides what follows it. */
  return strpbrk(path, ",:\\") ? fail(error, "mount", EINVAL, path) : append(data, path, error);
}

static int append_value(struct data *data, const char *before, const char *value, struct error *error) {
  return append(data, before, error) < 0 ? -1 : append(data, value, error);
}

static int describe(struct data *data, const struct op *op, bool by_number, struct error *error) {
  const struct strings *lower = &op->as.overlay.lowerdirs;
  const struct strings *options = &op->as.overlay.options;
  const char *upper = op->as.overlay.upperdir;
  data->length = 0;
  for (uint32_t i = 0; i < lower->count; i++) {
    if (append(data, i == 0 ? "lowerdir=" : ":", error) < 0) return -1;
    if (append_directory(data, lower->items[i], by_number, error) < 0) return -1;
  }
  if (upper[0]) {
    if (append(data, ",upperdir=", error) < 0 || append_directory(data, upper, by_number, error) < 0) return -1;
    if (append(data, ",workdir=", error) < 0) return -1;
    if (append_directory(data, op->as.overlay.workdir, by_number, error) < 0) return -1;
  }
  for (uint32_t i = 0; i < options->count; i++)
    if (append_value(data, ",", options->items[i], error) < 0) return -1;
  return 0;
}

int overlay_mount_on(const struct op *op, const char *target, struct error *error) {
  struct data data;
  struct error unfit = { 0 };
  bool by_number = describe(&data, op, false, &unfit) < 0;
  if (by_number && describe(&data, op, true, error) < 0) return -1;
  if (by_number && chdir("/proc/self/fd") < 0) return fail(error, "chdir", errno, "/proc/self/fd");
  int result = mount("overlay", target, "overlay", 0, data.text);
  int number = errno;
  if (chdir("/") < 0) return fail(error, "chdir", errno, "/");
  return result < 0 ? fail(error, "mount", number, "overlay") : 0;
}
