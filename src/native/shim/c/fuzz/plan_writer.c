#define _GNU_SOURCE
#include "plan_writer.h"

#include <string.h>

#include "fuzz.h"
#include "message.h"
#include "protocol.h"

static void write_data(struct written *out, const void *data, size_t size) {
  if (out->length + size > out->capacity) {
    out->capacity = (out->length + size) * 2;
    out->bytes = realloc(out->bytes, out->capacity);
    must(out->bytes);
  }
  if (size > 0) memcpy(out->bytes + out->length, data, size);
  out->length += size;
}

static void write_integer(struct written *out, uint64_t value, size_t size) {
  uint8_t bytes[8];
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(value >> 8 * i);
  write_data(out, bytes, size);
}

static void u8(struct written *out, uint32_t value) {
  write_integer(out, value, 1);
}

static void u32(struct written *out, uint32_t value) {
  write_integer(out, value, 4);
}

static void u64(struct written *out, uint64_t value) {
  write_integer(out, value, 8);
}

static void string(struct written *out, const char *text) {
  u32(out, (uint32_t)strlen(text));
  write_data(out, text, strlen(text) + 1);
}

static void strings(struct written *out, const struct strings *list) {
  u32(out, list->count);
  for (uint32_t i = 0; i < list->count; i++) string(out, list->items[i]);
  must(list->items[list->count] == NULL);
}

static void bytes(struct written *out, const struct bytes *content) {
  u32(out, content->length);
  write_data(out, content->data, content->length);
}

static void id_map(struct written *out, const struct id_map *map) {
  u32(out, map->count);
  for (uint32_t i = 0; i < map->count; i++) {
    u32(out, map->ranges[i].inside);
    u32(out, map->ranges[i].outside);
    u32(out, map->ranges[i].count);
  }
}

static void id_maps(struct written *out, const struct id_maps *maps) {
  id_map(out, &maps->uids);
  id_map(out, &maps->gids);
}

static void namespaces(struct written *out, const struct plan *plan) {
  u32(out, plan->unshare);
  u32(out, plan->from_pidfd);
  u32(out, plan->join_count);
  for (uint32_t i = 0; i < plan->join_count; i++) {
    u32(out, plan->joins[i].kind);
    string(out, plan->joins[i].path);
  }
  string(out, plan->time_offsets);
  u8(out, plan->has_user);
  id_maps(out, &plan->user);
}

static void process(struct written *out, const struct process_plan *plan) {
  strings(out, &plan->args);
  strings(out, &plan->env);
  string(out, plan->cwd);
  string(out, plan->user);
  strings(out, &plan->groups);
  u32(out, plan->umask);
  u64(out, plan->bounding);
  u64(out, plan->effective);
  u64(out, plan->permitted);
  u64(out, plan->inheritable);
  u64(out, plan->ambient);
  u8(out, plan->no_new_privileges);
  u32(out, plan->rlimit_count);
  for (uint32_t i = 0; i < plan->rlimit_count; i++) {
    u32(out, plan->rlimits[i].resource);
    u64(out, plan->rlimits[i].soft);
    u64(out, plan->rlimits[i].hard);
  }
  u8(out, plan->has_oom_score);
  u32(out, (uint32_t)plan->oom_score);
  bytes(out, &plan->seccomp);
  u8(out, plan->init);
  string(out, plan->apparmor);
}

static void stdio_and_log(struct written *out, const struct plan *plan) {
  u8(out, plan->stdio.terminal);
  write_integer(out, plan->stdio.rows, 2);
  write_integer(out, plan->stdio.columns, 2);
  u8(out, plan->stdio.open_stdin);
  u8(out, plan->stdio.stdin_once);
  u8(out, plan->log.present);
  string(out, plan->log.path);
  u64(out, plan->log.max_bytes);
  u32(out, plan->log.max_files);
}

static void overlay(struct written *out, const struct op *op) {
  strings(out, &op->as.overlay.lowerdirs);
  string(out, op->as.overlay.upperdir);
  string(out, op->as.overlay.workdir);
  string(out, op->target);
  strings(out, &op->as.overlay.options);
  string(out, op->as.overlay.base);
}

static void bind(struct written *out, const struct op *op) {
  string(out, op->as.bind.source);
  string(out, op->as.bind.beneath);
  string(out, op->target);
  u8(out, op->as.bind.recursive);
  u8(out, op->as.bind.readonly);
  u8(out, op->as.bind.nosuid);
  u8(out, op->as.bind.nodev);
  u8(out, op->as.bind.noexec);
  u32(out, op->as.bind.propagation);
  string(out, op->as.bind.mount_namespace);
  u8(out, op->as.bind.idmap);
  id_maps(out, &op->as.bind.maps);
}

static void node(struct written *out, const struct op *op) {
  string(out, op->target);
  u32(out, op->as.node.mode);
  if (op->kind == OP_MKNOD) {
    u32(out, op->as.node.major);
    u32(out, op->as.node.minor);
  }
  u32(out, op->as.node.uid);
  u32(out, op->as.node.gid);
  if (op->kind == OP_MKNOD) string(out, op->as.node.host_path);
}

static void write_op(struct written *out, const struct op *op) {
  u8(out, op->kind);
  switch (op->kind) {
    case OP_OVERLAY: overlay(out, op); return;
    case OP_BIND: bind(out, op); return;
    case OP_MOUNT:
      string(out, op->as.mount.type);
      string(out, op->as.mount.source);
      string(out, op->target);
      u32(out, op->as.mount.flags);
      string(out, op->as.mount.data);
      return;
    case OP_MKDIR:
    case OP_MKNOD: node(out, op); return;
    case OP_SYMLINK:
    case OP_SYSCTL:
      string(out, op->target);
      string(out, op->as.text);
      return;
    case OP_FILE:
      string(out, op->target);
      bytes(out, &op->as.file.content);
      u32(out, op->as.file.mode);
      return;
    case OP_MASK:
    case OP_READONLY_PATH: string(out, op->target); return;
    case OP_REMOUNT_ROOT: u8(out, op->as.readonly); return;
    case OP_PROPAGATION:
      string(out, op->target);
      u32(out, op->as.propagation);
      return;
    case OP_UNMOUNT:
      string(out, op->target);
      u64(out, op->as.unmount.mount_id);
      u8(out, op->as.unmount.detach);
      return;
    default: must(!"an op that the parser knows and this writer does not");
  }
}

struct written plan_write(const struct plan *plan) {
  struct written out = { 0 };
  u32(&out, PLAN_MAGIC);
  u32(&out, PROTOCOL_VERSION);
  u32(&out, 0);
  u8(&out, plan->kind);
  string(&out, plan->id);
  string(&out, plan->run_dir);
  namespaces(&out, plan);
  strings(&out, &plan->cgroup_procs);
  string(&out, plan->monitor_cgroup);
  string(&out, plan->hostname);
  string(&out, plan->domainname);
  string(&out, plan->rootfs);
  process(&out, &plan->process);
  stdio_and_log(&out, plan);
  u32(&out, plan->keep_fds);
  u8(&out, plan->has_cleanup);
  strings(&out, &plan->cleanup_args);
  strings(&out, &plan->cleanup_env);
  u32(&out, plan->op_count);
  for (uint32_t i = 0; i < plan->op_count; i++) write_op(&out, &plan->ops[i]);
  put_u32(out.bytes + 8, (uint32_t)out.length);
  return out;
}
