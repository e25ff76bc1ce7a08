/* lead-astray NAME TARGET: as soon as there is a directory of that name, it is a link to the target. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char away[256];
  if (argc != 3 || strlen(argv[1]) > 200) return 2;
  snprintf(away, sizeof away, "%s-away", argv[1]);
  if (write(1, "ready\n", 6) < 0) return 1;
  while (rename(argv[1], away) != 0) {
  }
  if (symlink(argv[2], argv[1]) != 0) return perror("symlink"), 1;
  if (write(1, "done\n", 5) < 0) return 1;
  pause();
}
