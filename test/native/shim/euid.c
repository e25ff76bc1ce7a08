/* What a program with the set-user-ID bit is when it runs. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  printf("%d\n", geteuid());
  return 0;
}
