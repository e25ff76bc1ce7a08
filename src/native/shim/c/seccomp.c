#define _GNU_SOURCE
#include "seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define OWN_ARCHITECTURE 0 /* no program allows anything there */
#endif

int seccomp_load(const struct bytes *program, struct error *error) {
  if (program->length == 0) return 0;
  /* The program may lie unaligned in the plan; the kernel copies it. */
  struct sock_fprog filter = { .len = (unsigned short)(program->length / sizeof(struct sock_filter)),
                               .filter = (struct sock_filter *)(uintptr_t)program->data };
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0) return fail(error, "prctl", errno, "PR_SET_SECCOMP");
  return 0;
}

/* How many instructions a jump passes over. */
static uint32_t jump(const struct sock_filter *instruction, uint32_t loaded) {
  bool holds;
  switch (instruction->code) {
    case BPF_JMP | BPF_JA: return instruction->k;
    case BPF_JMP | BPF_JEQ | BPF_K: holds = loaded == instruction->k; break;
    case BPF_JMP | BPF_JGT | BPF_K: holds = loaded > instruction->k; break;
    default: holds = loaded >= instruction->k; break;
  }
  return holds ? instruction->jt : instruction->jf;
}

/* libseccomp's trees look at nothing but architecture and number before they come to a call without conditions. Jumps only lead
 * forward. */
bool seccomp_allows(const struct bytes *program, long number) {
  size_t count = program->length / sizeof(struct sock_filter);
  uint32_t loaded = 0;
  if (count == 0) return true;
  for (uint64_t at = 0; at < count; at++) {
    struct sock_filter instruction;
    memcpy(&instruction, program->data + at * sizeof instruction, sizeof instruction);
    switch (instruction.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (instruction.k != offsetof(struct seccomp_data, nr) && instruction.k != offsetof(struct seccomp_data, arch)) return false;
        loaded = instruction.k == offsetof(struct seccomp_data, nr) ? (uint32_t)number : OWN_ARCHITECTURE;
        break;
      case BPF_JMP | BPF_JA:
      case BPF_JMP | BPF_JEQ | BPF_K:
      case BPF_JMP | BPF_JGT | BPF_K:
      case BPF_JMP | BPF_JGE | BPF_K: at += jump(&instruction, loaded); break;
      case BPF_RET | BPF_K: return instruction.k == SECCOMP_RET_ALLOW;
      default: return false;
    }
  }
  return false;
}
