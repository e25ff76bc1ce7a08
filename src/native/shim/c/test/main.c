#include "check.h"

#include <stdio.h>

static int checks;
static int failures;

void check_that(bool holds, const char *what, const char *file, int line) {
  checks++;
  if (holds) return;
  failures++;
  printf("%s:%d: %s\n", file, line, what);
}

int main(void) {
  test_log();
  test_plan();
  test_user();
  test_exit_record();
  test_idmap();
  test_seccomp();
  printf("%d checks, %d failed\n", checks, failures);
  return failures != 0;
}
