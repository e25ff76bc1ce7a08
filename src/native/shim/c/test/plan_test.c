#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "message.h"
#include "plan.h"
#include "protocol.h"

/* Builds plans by hand, so that the parser is not only tested with what our own encoder makes. */
static struct {
  uint8_t bytes[2048];
  size_t length;
} built;

static void add(const void *data, size_t size) {
  memcpy(built.bytes + built.length, data, size);
  built.length += size;
}

static void add_u8(uint8_t value) {
  add(&value, 1);
}

static void add_u32(uint32_t value) {
  uint8_t bytes[4];
  put_u32(bytes, value);
  add(bytes, 4);
}

static void add_string(const char *text) {
  add_u32((uint32_t)strlen(text));
  add(text, strlen(text) + 1);
}

static void add_process(void) {
  add_u32(2);
  add_string("echo");
  add_string("word");
  add_u32(1);
  add_string("A=b");
  add_string("/cwd");
  add_string("ada");
  add_u32(0);
  add_u32(022);
  for (int i = 0; i < 10; i++) add_u32(i == 0 ? 0x55u : 0);
  add_u8(1);
  add_u32(1);
  for (int i = 0; i < 5; i++) add_u32(7);
  add_u8(0);
  add_u32(0);
  add_u32(0);
  add_u8(0);
  add_string("docker-default");
}

/* Ids 0 to 9 and 10 to 19, from `outside` on. */
static void add_map(uint32_t outside) {
  add_u32(2);
  for (uint32_t i = 0; i < 2; i++) {
    add_u32(i * 10);
    add_u32(outside + i * 10);
    add_u32(10);
  }
}

/* A bind with an idmapped mount of its own. */
static void add_bind(void) {
  add_u8(OP_BIND);
  add_string("/source");
  add_string("");
  add_string("/target");
  for (int i = 0; i < 5; i++) add_u8(0);
  add_u32(0);
  add_string("");
  add_u8(IDMAP_OWNED_BY_USER);
  add_map(300000);
  add_u32(0);
}

static void build(void) {
  built.length = 0;
  add_u32(PLAN_MAGIC);
  add_u32(PROTOCOL_VERSION);
  add_u32(0);
  add_u8(0);
  add_string("id");
  add_string("/run/id");
  add_u32(CLONE_NEWNS | CLONE_NEWUSER | 0x80);
  add_u32(0);
  add_u32(0);
  add_string("monotonic 1 0\n");
  add_u8(1);
  add_map(100000);
  add_map(200000);
  add_u32(0);
  add_string("/cgroup");
  add_string("host");
  add_string("");
  add_string("/rootfs");
  add_process();
  for (int i = 0; i < 7; i++) add_u8(0);
  add_u8(0);
  add_string("");
  for (int i = 0; i < 3; i++) add_u32(0);
  add_u32(0);
  add_u8(0);
  add_u32(0);
  add_u32(0);
  add_u32(3);
  add_u8(OP_MASK);
  add_string("/proc/kcore");
  add_u8(OP_REMOUNT_ROOT);
  add_u8(1);
  add_bind();
  put_u32(built.bytes + 8, (uint32_t)built.length);
}

/* On a copy of exactly that size, so that AddressSanitizer sees a byte too far. */
static int parse(const uint8_t *bytes, size_t length, struct plan *plan, struct error *error) {
  uint8_t *copy = malloc(length ? length : 1);
  if (!copy) return -2;
  memcpy(copy, bytes, length);
  int result = plan_parse(copy, length, plan, error);
  plan->mapped = NULL;
  if (result == 0) {
    check(plan->process.args.count == 2 || plan->process.args.count == 1);
    plan_release(plan);
  }
  free(copy);
  return result;
}

static void test_whole(void) {
  struct plan plan;
  struct error error;
  build();
  check(plan_parse(built.bytes, built.length, &plan, &error) == 0);
  check(strcmp(plan.id, "id") == 0 && strcmp(plan.rootfs, "/rootfs") == 0);
  check(plan.process.args.count == 2 && strcmp(plan.process.args.items[1], "word") == 0);
  check(plan.process.args.items[2] == NULL);
  check(strcmp(plan.process.env.items[0], "A=b") == 0 && plan.process.env.items[1] == NULL);
  check(plan.process.bounding == 0x55 && plan.process.rlimits[0].soft == 0x0000000700000007);
  check(strcmp(plan.monitor_cgroup, "/cgroup") == 0);
  check(strcmp(plan.time_offsets, "monotonic 1 0\n") == 0 && strcmp(plan.process.apparmor, "docker-default") == 0);
  check(plan.op_count == 3 && plan.ops[0].kind == OP_MASK && plan.ops[1].as.readonly);
  check(plan.has_user && plan.user.uids.count == 2 && plan.user.gids.ranges[1].outside == 200010);
  check(plan.ops[2].as.bind.idmap == IDMAP_OWNED_BY_USER && plan.ops[2].as.bind.maps.uids.ranges[0].outside == 300000);
  check(plan.ops[2].as.bind.maps.gids.count == 0);
  plan_release(&plan);
}

static void test_truncated(void) {
  struct plan plan;
  struct error error;
  uint8_t bytes[sizeof built.bytes];
  build();
  for (size_t length = 0; length < built.length; length++) {
    memcpy(bytes, built.bytes, length);
    check(parse(bytes, length, &plan, &error) == -1);
    if (length < 12) continue;
    put_u32(bytes + 8, (uint32_t)length);
    check(parse(bytes, length, &plan, &error) == -1);
  }
  add_u8(0);
  put_u32(built.bytes + 8, (uint32_t)built.length);
  check(parse(built.bytes, built.length, &plan, &error) == -1);
}

/* Every byte at its extremes: refused or parsed, but never past the end. */
static void test_corrupt(void) {
  static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
  struct plan plan;
  struct error error;
  uint8_t bytes[sizeof built.bytes];
  build();
  for (size_t at = 0; at < built.length; at++) {
    for (size_t i = 0; i < sizeof values; i++) {
      memcpy(bytes, built.bytes, built.length);
      bytes[at] = values[i];
      check(parse(bytes, built.length, &plan, &error) >= -1);
    }
  }
}

/* A user namespace without maps, and maps without a user namespace. */
static void test_contradictions(void) {
  struct plan plan;
  struct error error;
  size_t unshare = 12 + 1 + 4 + 3 + 4 + 8;
  build();
  put_u32(built.bytes + unshare, CLONE_NEWNS | 0x80);
  check(parse(built.bytes, built.length, &plan, &error) == -1);
  check(strcmp(error.detail, "a user namespace and its maps go together") == 0);
  put_u32(built.bytes + unshare, CLONE_NEWNS | CLONE_NEWUSER | 0x80);
  check(parse(built.bytes, built.length, &plan, &error) == 0);
}

static void test_random(void) {
  struct plan plan;
  struct error error;
  uint8_t bytes[512];
  srand(1);
  for (int round = 0; round < 3000; round++) {
    size_t length = 12 + (size_t)rand() % (sizeof bytes - 12);
    for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(rand() % 4 ? 0 : rand());
    put_u32(bytes, PLAN_MAGIC);
    put_u32(bytes + 4, PROTOCOL_VERSION);
    put_u32(bytes + 8, (uint32_t)length);
    check(parse(bytes, length, &plan, &error) >= -1);
  }
}

void test_plan(void) {
  test_whole();
  test_truncated();
  test_corrupt();
  test_contradictions();
  test_random();
}
