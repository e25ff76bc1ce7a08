#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "check.h"
#include "seccomp.h"

#if defined(__x86_64__)
#define OWN AUDIT_ARCH_X86_64
#else
#define OWN AUDIT_ARCH_AARCH64
#endif
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define JUMP(kind, value, yes, no) BPF_JUMP(BPF_JMP | (kind) | BPF_K, value, yes, no)

static bool allows(const struct sock_filter *filter, size_t count, long number) {
  struct bytes program = { .data = (const uint8_t *)filter, .length = (uint32_t)(count * sizeof *filter) };
  return seccomp_allows(&program, number);
}
#define check_allows(expected, number, ...)                                                   \
  do {                                                                                        \
    const struct sock_filter filter[] = { __VA_ARGS__ };                                      \
    check(allows(filter, sizeof filter / sizeof *filter, number) == (expected));              \
  } while (0)

static void test_answers(void) {
  check(allows(NULL, 0, SYS_read));
  check_allows(true, SYS_read, RETURN(SECCOMP_RET_ALLOW));
  check_allows(false, SYS_read, RETURN(SECCOMP_RET_ERRNO | 1));
  check_allows(false, SYS_read, RETURN(SECCOMP_RET_LOG));
  check_allows(false, SYS_read, LOAD(nr), JUMP(BPF_JEQ, SYS_read, 0, 1), RETURN(SECCOMP_RET_KILL), RETURN(SECCOMP_RET_ALLOW));
  check_allows(true, SYS_write, LOAD(nr), JUMP(BPF_JEQ, SYS_read, 0, 1), RETURN(SECCOMP_RET_KILL), RETURN(SECCOMP_RET_ALLOW));
  check_allows(true, 7, LOAD(nr), JUMP(BPF_JGE, 7, 0, 2), JUMP(BPF_JGT, 7, 1, 0), RETURN(SECCOMP_RET_ALLOW), RETURN(0));
  check_allows(false, 8, LOAD(nr), JUMP(BPF_JGE, 7, 0, 2), JUMP(BPF_JGT, 7, 1, 0), RETURN(SECCOMP_RET_ALLOW), RETURN(0));
}

/* As libseccomp's programs for several architectures begin. */
static void test_architecture(void) {
  check_allows(true, SYS_read, LOAD(arch), JUMP(BPF_JEQ, OWN, 1, 0), RETURN(0), RETURN(SECCOMP_RET_ALLOW));
  check_allows(false, SYS_read, LOAD(arch), JUMP(BPF_JEQ, AUDIT_ARCH_I386, 1, 0), RETURN(0), RETURN(SECCOMP_RET_ALLOW));
  check_allows(true, SYS_read, LOAD(arch), BPF_STMT(BPF_JMP | BPF_JA, 1), RETURN(0), RETURN(SECCOMP_RET_ALLOW));
}

/* What depends on arguments, or what is not understood, is no promise. */
static void test_doubts(void) {
  check_allows(false, SYS_read, LOAD(args[0]), RETURN(SECCOMP_RET_ALLOW));
  check_allows(false, SYS_read, LOAD(nr), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1), RETURN(SECCOMP_RET_ALLOW));
  check_allows(false, SYS_read, BPF_STMT(BPF_RET | BPF_A, 0));
  check_allows(false, SYS_read, LOAD(nr));
  check_allows(false, SYS_read, BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), RETURN(SECCOMP_RET_ALLOW));
}

void test_seccomp(void) {
  test_answers();
  test_architecture();
  test_doubts();
}
