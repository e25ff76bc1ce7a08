/* Parser of the flat plan; the layout is drawn in ../plan-encoder.ts. It allocates from one mapping that is given
 * back whole, because the monitor stays for days and must not keep pages for what is needed for milliseconds. */
#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "protocol.h"
#include "validate.h"

#define MAX_PLAN (4u << 20)
/* The widest item in memory per byte in the plan: an op of 96 bytes from 2. */
#define ARENA_FACTOR 64
#define ARENA_MINIMUM 4096

struct reader {
  uint8_t *at;
  uint8_t *end;
  uint8_t *free_memory;
  uint8_t *memory_end;
  const char *problem; /* the first one; reading goes on with zeros */
};

static const uint8_t *take(struct reader *reader, size_t size) {
  static const uint8_t zeros[8];
  if ((size_t)(reader->end - reader->at) < size) {
    if (!reader->problem) reader->problem = "truncated";
    reader->at = reader->end;
    return size <= sizeof zeros ? zeros : NULL;
  }
  const uint8_t *taken = reader->at;
  reader->at += size;
  return taken;
}

static uint64_t read_integer(struct reader *reader, size_t size) {
  const uint8_t *bytes = take(reader, size);
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

static uint32_t read_u32(struct reader *reader) {
  return (uint32_t)read_integer(reader, 4);
}

static uint16_t read_u16(struct reader *reader) {
  return (uint16_t)read_integer(reader, 2);
}

static bool read_bool(struct reader *reader) {
  uint64_t value = read_integer(reader, 1);
  if (value > 1 && !reader->problem) reader->problem = "a flag is neither 0 nor 1";
  return value == 1;
}

static struct bytes read_bytes(struct reader *reader) {
  uint32_t length = read_u32(reader);
  const uint8_t *data = take(reader, length);
  if (reader->problem) return (struct bytes){ .data = (const uint8_t *)"", .length = 0 };
  return (struct bytes){ .data = data, .length = length };
}

static char *read_string(struct reader *reader) {
  static char empty[1];
  uint32_t length = read_u32(reader);
  uint8_t *text = reader->at;
  if (length == UINT32_MAX || !take(reader, (size_t)length + 1) || reader->problem) return empty;
  if (text[length] != 0 || memchr(text, 0, length)) {
    reader->problem = "a string is not ended where its length says";
    return empty;
  }
  return (char *)text;
}

/* Zeroed memory for `count` items, of which each takes at least `least` bytes of the plan. */
static void *reserve(struct reader *reader, uint32_t count, size_t size, size_t least) {
  if (reader->problem) return NULL;
  /* One pointer more, zero: lists of strings end as execve wants them. */
  size_t wanted = ((size_t)count * size + sizeof(void *) + 15) & ~(size_t)15;
  if (count > (size_t)(reader->end - reader->at) / least ||
      wanted > (size_t)(reader->memory_end - reader->free_memory)) {
    reader->problem = "a list announces more items than there are";
    return NULL;
  }
  void *memory = reader->free_memory;
  reader->free_memory += wanted;
  return memory;
}

static struct strings read_strings(struct reader *reader) {
  static char *none[1];
  struct strings strings = { .items = none, .count = 0 };
  uint32_t count = read_u32(reader);
  char **items = reserve(reader, count, sizeof *items, 5);
  if (!items) return strings;
  for (uint32_t i = 0; i < count; i++) items[i] = read_string(reader);
  return (struct strings){ .items = items, .count = count };
}

static void read_namespaces(struct reader *reader, struct plan *plan) {
  plan->unshare = read_u32(reader);
  plan->from_pidfd = read_u32(reader);
  uint32_t count = read_u32(reader);
  plan->time_offsets = "";
  plan->joins = reserve(reader, count, sizeof *plan->joins, 9);
  if (!plan->joins) return;
  plan->join_count = count;
  for (uint32_t i = 0; i < count; i++) {
    plan->joins[i].kind = read_u32(reader);
    plan->joins[i].path = read_string(reader);
  }
  plan->time_offsets = read_string(reader);
}

static struct id_map read_map(struct reader *reader) {
  struct id_map map = { .count = 0 };
  uint32_t count = read_u32(reader);
  map.ranges = reserve(reader, count, sizeof *map.ranges, 12);
  if (!map.ranges) return map;
  map.count = count;
  for (uint32_t i = 0; i < count; i++) {
    map.ranges[i].inside = read_u32(reader);
    map.ranges[i].outside = read_u32(reader);
    map.ranges[i].count = read_u32(reader);
  }
  return map;
}

static struct id_maps read_maps(struct reader *reader) {
  struct id_maps maps;
  maps.uids = read_map(reader);
  maps.gids = read_map(reader);
  return maps;
}

static void read_rlimits(struct reader *reader, struct process_plan *process) {
  uint32_t count = read_u32(reader);
  process->rlimits = reserve(reader, count, sizeof *process->rlimits, 20);
  if (!process->rlimits) return;
  process->rlimit_count = count;
  for (uint32_t i = 0; i < count; i++) {
    process->rlimits[i].resource = read_u32(reader);
    process->rlimits[i].soft = read_integer(reader, 8);
    process->rlimits[i].hard = read_integer(reader, 8);
  }
}

static void read_process(struct reader *reader, struct process_plan *process) {
  process->args = read_strings(reader);
  process->env = read_strings(reader);
  process->cwd = read_string(reader);
  process->user = read_string(reader);
  process->groups = read_strings(reader);
  process->umask = read_u32(reader);
  process->bounding = read_integer(reader, 8);
  process->effective = read_integer(reader, 8);
  process->permitted = read_integer(reader, 8);
  process->inheritable = read_integer(reader, 8);
  process->ambient = read_integer(reader, 8);
  process->no_new_privileges = read_bool(reader);
  read_rlimits(reader, process);
  process->has_oom_score = read_bool(reader);
  process->oom_score = (int32_t)read_u32(reader);
  process->seccomp = read_bytes(reader);
  process->init = read_bool(reader);
  process->apparmor = read_string(reader);
}

static void read_stdio_and_log(struct reader *reader, struct plan *plan) {
  plan->stdio.terminal = read_bool(reader);
  plan->stdio.rows = read_u16(reader);
  plan->stdio.columns = read_u16(reader);
  plan->stdio.open_stdin = read_bool(reader);
  plan->stdio.stdin_once = read_bool(reader);
  plan->log.present = read_bool(reader);
  plan->log.path = read_string(reader);
  plan->log.max_bytes = read_integer(reader, 8);
  plan->log.max_files = read_u32(reader);
}

static void read_bind(struct reader *reader, struct op *op) {
  op->as.bind.source = read_string(reader);
  op->as.bind.beneath = read_string(reader);
  op->target = read_string(reader);
  op->as.bind.recursive = read_bool(reader);
  op->as.bind.readonly = read_bool(reader);
  op->as.bind.nosuid = read_bool(reader);
  op->as.bind.nodev = read_bool(reader);
  op->as.bind.noexec = read_bool(reader);
  op->as.bind.propagation = read_u32(reader);
  op->as.bind.mount_namespace = read_string(reader);
  op->as.bind.idmap = (enum idmap_kind)read_integer(reader, 1);
  op->as.bind.maps = read_maps(reader);
  if (op->as.bind.idmap > IDMAP_OWNED_BY_USER && !reader->problem) reader->problem = "unknown kind of idmap";
  op->as.bind.tree = -1;
}

static void read_overlay(struct reader *reader, struct op *op) {
  op->as.overlay.lowerdirs = read_strings(reader);
  op->as.overlay.upperdir = read_string(reader);
  op->as.overlay.workdir = read_string(reader);
  op->target = read_string(reader);
  op->as.overlay.options = read_strings(reader);
  op->as.overlay.base = read_string(reader);
}

static void read_mount(struct reader *reader, struct op *op) {
  op->as.mount.type = read_string(reader);
  op->as.mount.source = read_string(reader);
  op->target = read_string(reader);
  op->as.mount.flags = read_u32(reader);
  op->as.mount.data = read_string(reader);
}

static void read_node(struct reader *reader, struct op *op) {
  op->target = read_string(reader);
  op->as.node.mode = read_u32(reader);
  if (op->kind == OP_MKNOD) {
    op->as.node.major = read_u32(reader);
    op->as.node.minor = read_u32(reader);
  }
  op->as.node.uid = read_u32(reader);
  op->as.node.gid = read_u32(reader);
  op->as.node.host_path = op->kind == OP_MKNOD ? read_string(reader) : "";
}

static void read_file(struct reader *reader, struct op *op) {
  op->target = read_string(reader);
  op->as.file.content = read_bytes(reader);
  op->as.file.mode = read_u32(reader);
}

static void read_op(struct reader *reader, struct op *op) {
  op->kind = (enum op_kind)read_integer(reader, 1);
  switch (op->kind) {
    case OP_OVERLAY: read_overlay(reader, op); return;
    case OP_BIND: read_bind(reader, op); return;
    case OP_MOUNT: read_mount(reader, op); return;
    case OP_MKDIR:
    case OP_MKNOD: read_node(reader, op); return;
    case OP_FILE: read_file(reader, op); return;
    case OP_SYMLINK:
    case OP_SYSCTL:
      op->target = read_string(reader);
      op->as.text = read_string(reader);
      return;
    case OP_MASK:
    case OP_READONLY_PATH: op->target = read_string(reader); return;
    case OP_REMOUNT_ROOT:
      op->target = "";
      op->as.readonly = read_bool(reader);
      return;
    case OP_PROPAGATION:
      op->target = read_string(reader);
      op->as.propagation = read_u32(reader);
      return;
    case OP_UNMOUNT:
      op->target = read_string(reader);
      op->as.unmount.mount_id = read_integer(reader, 8);
      op->as.unmount.detach = read_bool(reader);
      return;
    default:
      if (!reader->problem) reader->problem = "unknown setup op";
  }
}

static void read_ops(struct reader *reader, struct plan *plan) {
  uint32_t count = read_u32(reader);
  plan->ops = reserve(reader, count, sizeof *plan->ops, 2);
  if (!plan->ops) return;
  plan->op_count = count;
  for (uint32_t i = 0; i < count && !reader->problem; i++) read_op(reader, &plan->ops[i]);
}

static enum plan_kind read_kind(struct reader *reader) {
  uint64_t kind = read_integer(reader, 1);
  if (kind > PLAN_MOUNT && !reader->problem) reader->problem = "unknown kind of plan";
  return (enum plan_kind)kind;
}

static void read_plan(struct reader *reader, struct plan *plan) {
  plan->kind = read_kind(reader);
  plan->is_exec = plan->kind == PLAN_EXEC;
  plan->id = read_string(reader);
  plan->run_dir = read_string(reader);
  read_namespaces(reader, plan);
  plan->has_user = read_bool(reader);
  plan->user = read_maps(reader);
  plan->cgroup_procs = read_strings(reader);
  plan->monitor_cgroup = read_string(reader);
  plan->hostname = read_string(reader);
  plan->domainname = read_string(reader);
  plan->rootfs = read_string(reader);
  read_process(reader, &plan->process);
  read_stdio_and_log(reader, plan);
  plan->keep_fds = read_u32(reader);
  plan->has_cleanup = read_bool(reader);
  plan->cleanup_args = read_strings(reader);
  plan->cleanup_env = read_strings(reader);
  read_ops(reader, plan);
}

int plan_parse(uint8_t *bytes, size_t length, struct plan *plan, struct error *error) {
  struct reader reader = { .at = bytes, .end = bytes + length };
  memset(plan, 0, sizeof *plan);
  if (length > MAX_PLAN) return fail(error, "parse", E2BIG, "launch plan is larger than 4 MiB");
  if (read_u32(&reader) != PLAN_MAGIC) return fail(error, "parse", 0, "not a launch plan");
  if (read_u32(&reader) != PROTOCOL_VERSION) return fail(error, "parse", 0, "launch plan of another version");
  if (read_u32(&reader) != length) return fail(error, "parse", 0, "launch plan is not as long as it says");
  plan->arena_size = ARENA_MINIMUM + length * ARENA_FACTOR;
  plan->arena = mmap(NULL, plan->arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (plan->arena == MAP_FAILED) {
    plan->arena = NULL;
    return fail(error, "mmap", errno, "memory for the launch plan");
  }
  reader.free_memory = plan->arena;
  reader.memory_end = reader.free_memory + plan->arena_size;
  read_plan(&reader, plan);
  if (!reader.problem && reader.at != reader.end) reader.problem = "bytes after the end";
  if (!reader.problem) reader.problem = plan_contradiction(plan);
  if (!reader.problem) return 0;
  plan_release(plan);
  return fail(error, "parse", 0, reader.problem);
}

int plan_load(int fd, struct plan *plan, struct error *error) {
  struct stat status;
  if (fstat(fd, &status) < 0) return fail(error, "fstat", errno, "launch plan");
  if (!S_ISREG(status.st_mode) || status.st_size < 12) return fail(error, "parse", 0, "not a launch plan");
  size_t size = (size_t)status.st_size;
  void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  if (mapped == MAP_FAILED) return fail(error, "mmap", errno, "launch plan");
  if (plan_parse(mapped, size, plan, error) < 0) {
    munmap(mapped, size);
    return -1;
  }
  plan->mapped = mapped;
  plan->mapped_size = size;
  return 0;
}

bool plan_joins(const struct plan *plan, uint32_t kind) {
  for (uint32_t i = 0; i < plan->join_count; i++)
    if (plan->joins[i].kind == kind) return true;
  return plan->from_pidfd & kind;
}

void plan_release(struct plan *plan) {
  if (plan->arena) munmap(plan->arena, plan->arena_size);
  if (plan->mapped) munmap(plan->mapped, plan->mapped_size);
  memset(plan, 0, sizeof *plan);
}
