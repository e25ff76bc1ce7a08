/* A test is a function; `check` tells what did not hold and where, and the run fails at its end. */
#ifndef GANTRY_CHECK_H
#define GANTRY_CHECK_H

#include <stdbool.h>

void check_that(bool holds, const char *what, const char *file, int line);
#define check(condition) check_that((condition), #condition, __FILE__, __LINE__)

void test_log(void);
void test_plan(void);
void test_user(void);
void test_exit_record(void);
void test_idmap(void);
void test_seccomp(void);

#endif
