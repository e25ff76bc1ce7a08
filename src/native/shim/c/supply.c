#define _GNU_SOURCE
#include "supply.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "handover.h"
#include "idmap.h"
#include "kernel.h"
#include "message.h"
#include "mountns.h"
#include "nodes.h"
#include "overlay.h"
#include "protocol.h"
#include "rootfs.h"
#include "sources.h"
#include "user.h"

struct supply {
  struct plan *plan;
  int userns;
  int nodes; /* a tmpfs in which device nodes are made; -1 until one is needed */
  bool knows_user;
  struct identity user; /* the process's, by the rootfs's /etc/passwd */
};

static bool is_device(const struct op *op) {
  return op->kind == OP_MKNOD && (S_ISCHR(op->as.node.mode) || S_ISBLK(op->as.node.mode));
}

bool supply_needed(const struct plan *plan) {
  if (plan->is_exec) return false;
  for (uint32_t i = 0; i < plan->op_count; i++)
    if (plan->ops[i].kind == OP_BIND && plan->ops[i].as.bind.idmap != IDMAP_NONE) return true;
  return plan->has_user;
}

bool supply_has(const struct plan *plan, const struct op *op) {
  return op->kind == OP_OVERLAY || op->kind == OP_BIND || (plan->has_user && is_device(op));
}

/* ---- overlays ---- */

/* overlayfs makes its own files as who mounted it, and in idmapped layers only ids of the map can own anything: for that
 * moment this process is, to file systems, the container's root, without losing the host's capabilities. */
static int act_as_container_root(const struct plan *plan, struct error *error) {
  if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) < 0) return fail(error, "prctl", errno, "PR_SET_SECUREBITS");
  uid_t uid = idmap_outside(&plan->user.uids, 0);
  gid_t gid = idmap_outside(&plan->user.gids, 0);
  setfsgid(gid);
  setfsuid(uid);
  /* They only tell what was set before. */
  if ((uid_t)setfsuid(NO_ID) != uid || (gid_t)setfsgid(NO_ID) != gid)
    return fail(error, "setfsuid", EINVAL, "root of the user namespace");
  return 0;
}

static void act_as_root(void) {
  setfsuid(0);
  setfsgid(0);
}

static int relative(const char *base, char **path, struct error *error) {
  size_t length = strlen(base);
  if (strncmp(*path, base, length) != 0 || (*path)[length] != '/') return fail(error, "overlay", EXDEV, *path);
  *path += length + 1;
  return 0;
}

/* The op with its paths relative to the base; they are needed in no other form any more. */
static int make_relative(struct op *op, struct error *error) {
  const char *base = op->as.overlay.base;
  char *upper = (char *)(uintptr_t)op->as.overlay.upperdir;
  char *work = (char *)(uintptr_t)op->as.overlay.workdir;
  for (uint32_t i = 0; i < op->as.overlay.lowerdirs.count; i++)
    if (relative(base, &op->as.overlay.lowerdirs.items[i], error) < 0) return -1;
  if (upper[0] && (relative(base, &upper, error) < 0 || relative(base, &work, error) < 0)) return -1;
  op->as.overlay.upperdir = upper;
  op->as.overlay.workdir = work;
  return 0;
}

/* All layers at once: their common directory is mounted with the container's ids, and named from there. It has to be
 * attached somewhere, since Linux before 6.15 takes no layers of detached mounts: in this namespace nobody else sees it. */
static int enter_idmapped_base(const struct supply *supply, struct op *op, struct error *error) {
  const char *base = op->as.overlay.base;
  const char *place = supply->plan->rootfs;
  cleanup_close int tree = kernel_open_tree(AT_FDCWD, base, TREE_CLONE | TREE_CLOEXEC);
  if (tree < 0) return fail(error, "open_tree", errno, base);
  if (idmap_apply(tree, supply->userns, false, base, error) < 0) return -1;
  if (kernel_move_mount(tree, AT_FDCWD, place) < 0) return fail(error, "move_mount", errno, place);
  if (chdir(place) < 0) return fail(error, "chdir", errno, place);
  return make_relative(op, error);
}

/* Without `lowerdir+` an overlay of many layers can only be made by mount(2), which needs a place. */
static int mount_and_copy(const struct supply *supply, const struct op *op, struct error *error) {
  const char *place = supply->plan->rootfs;
  if (overlay_mount_on(op, place, error) < 0) return -1;
  int tree = kernel_open_tree(AT_FDCWD, place, TREE_CLONE | TREE_CLOEXEC);
  return tree < 0 ? fail(error, "open_tree", errno, place) : tree;
}

static int make_overlay(const struct supply *supply, struct op *op, struct error *error) {
  bool unsupported;
  bool maps = supply->plan->has_user && op->as.overlay.base[0];
  if (maps && enter_idmapped_base(supply, op, error) < 0) return -1;
  if (maps && act_as_container_root(supply->plan, error) < 0) return -1;
  int tree = overlay_detached(op, &unsupported, error);
  if (tree < 0 && unsupported) tree = mount_and_copy(supply, op, error);
  /* Linux before 5.19 has idmapped mounts and no overlays of them. */
  if (tree < 0 && maps && error->number == EINVAL) fail(error, "idmap overlay", EINVAL, op->as.overlay.base);
  act_as_root();
  return chdir("/") < 0 ? fail(error, "chdir", errno, "/") : tree;
}

/* ---- binds ---- */

static char *read_in_rootfs(int root, const char *path) {
  char link[FD_PATH_SIZE];
  struct stat status;
  cleanup_close int place = rootfs_open(root, path, O_PATH, 0);
  /* Not by opening it: here a device node of the image would be one. */
  if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode)) return calloc(1, 1);
  return user_read_file(fd_path(link, place));
}

/* Names are those of the rootfs; it comes first in a plan. */
static int learn_user(struct supply *supply, int root, struct error *error) {
  error->stage = "user";
  cleanup_free char *passwd = read_in_rootfs(root, "/etc/passwd");
  cleanup_free char *group = read_in_rootfs(root, "/etc/group");
  if (!passwd || !group) return fail(error, "malloc", ENOMEM, "/etc/passwd");
  if (user_resolve_in(&supply->plan->process, passwd, group, &supply->user, error) < 0) return -1;
  supply->knows_user = true;
  return 0;
}

static int exchange_owner(const struct supply *supply, const struct op *op, struct id_maps *maps, struct error *error) {
  struct stat source;
  const struct id_maps *base = &op->as.bind.maps;
  if (fstat(op->as.bind.tree, &source) < 0) return fail(error, "fstat", errno, op->as.bind.source);
  if (idmap_exchange(&base->uids, source.st_uid, supply->user.uid, &maps->uids, error) < 0) return -1;
  return idmap_exchange(&base->gids, source.st_gid, supply->user.gid, &maps->gids, error);
}

static int namespace_for(const struct supply *supply, const struct op *op, struct error *error) {
  if (op->as.bind.idmap == IDMAP_OWN) return idmap_namespace(&op->as.bind.maps, error);
  if (!supply->knows_user) return fail(error, "idmap", EINVAL, "a rootfs comes first");
  struct id_maps maps = { .uids = { .count = 0 } };
  int namespace = exchange_owner(supply, op, &maps, error) < 0 ? -1 : idmap_namespace(&maps, error);
  free(maps.uids.ranges);
  free(maps.gids.ranges);
  return namespace;
}

static int map_bind(const struct supply *supply, const struct op *op, struct error *error) {
  const char *source = op->as.bind.source;
  if (op->as.bind.idmap == IDMAP_NONE) return 0;
  if (op->as.bind.idmap == IDMAP_CONTAINER)
    return idmap_apply(op->as.bind.tree, supply->userns, op->as.bind.recursive, source, error);
  cleanup_close int namespace = namespace_for(supply, op, error);
  if (namespace < 0) return -1;
  return idmap_apply(op->as.bind.tree, namespace, op->as.bind.recursive, source, error);
}

/* ---- devices ---- */

static int open_nodes(struct supply *supply, struct error *error) {
  const char *place = supply->plan->rootfs;
  if (supply->nodes >= 0) return 0;
  if (mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k") < 0) return fail(error, "mount", errno, place);
  supply->nodes = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return supply->nodes < 0 ? fail(error, "open", errno, place) : 0;
}

/* A node of the container's own, owned by its own ids: the host's would belong to nobody it knows. */
static int make_node(struct supply *supply, const struct op *op, struct error *error) {
  char name[24];
  uid_t uid = idmap_outside(&supply->plan->user.uids, op->as.node.uid);
  gid_t gid = idmap_outside(&supply->plan->user.gids, op->as.node.gid);
  if (open_nodes(supply, error) < 0) return -1;
  snprintf(name, sizeof name, "%td", op - supply->plan->ops);
  if (mknodat(supply->nodes, name, op->as.node.mode, makedev(op->as.node.major, op->as.node.minor)) < 0)
    return errno == EPERM ? nodes_open_host(op, error) : fail(error, "mknod", errno, op->target);
  /* An owner that the container doesn't know leaves it to the host's root. */
  if (fchownat(supply->nodes, name, uid == NO_ID ? 0 : uid, gid == NO_ID ? 0 : gid, AT_SYMLINK_NOFOLLOW) < 0)
    return fail(error, "chown", errno, op->target);
  int tree = kernel_open_tree(supply->nodes, name, TREE_CLONE | TREE_CLOEXEC);
  return tree < 0 ? fail(error, "open_tree", errno, op->target) : tree;
}

/* ---- all of them ---- */

static int make_tree(struct supply *supply, struct op *op, struct error *error) {
  if (op->kind == OP_OVERLAY) return make_overlay(supply, op, error);
  if (op->kind == OP_MKNOD) return make_node(supply, op, error);
  return map_bind(supply, op, error) < 0 ? -1 : op->as.bind.tree;
}

static bool wants_user(const struct plan *plan) {
  for (uint32_t i = 0; i < plan->op_count; i++)
    if (plan->ops[i].kind == OP_BIND && plan->ops[i].as.bind.idmap == IDMAP_OWNED_BY_USER) return true;
  return false;
}

static int supply_op(struct supply *supply, struct op *op, int socket, struct error *error) {
  bool is_root = op->target[0] == '\0';
  error->stage = is_root ? "rootfs" : "mounts";
  if (!supply_has(supply->plan, op)) return 0;
  cleanup_close int tree = make_tree(supply, op, error);
  if (tree < 0) return -1;
  if (is_root && wants_user(supply->plan) && learn_user(supply, tree, error) < 0) return -1;
  return handover_send(socket, MESSAGE_MOUNT, tree, op->target, error);
}

static int supply_all(struct supply *supply, int socket, struct error *error) {
  struct plan *plan = supply->plan;
  error->stage = "mounts";
  if (unshare(CLONE_NEWNS) < 0) return fail(error, "unshare", errno, "mount namespace of the supplier");
  /* What is mounted in a container that others than the host's root rule doesn't reach the host. */
  if (plan->has_user && mountns_cut(MS_SLAVE, error) < 0) return -1;
  if (sources_open(plan, error) < 0) return -1;
  if (mountns_cut(MS_PRIVATE, error) < 0) return -1;
  umask(0);
  for (uint32_t i = 0; i < plan->op_count; i++)
    if (supply_op(supply, &plan->ops[i], socket, error) < 0) return -1;
  return 0;
}

void supply_run(struct plan *plan, int userns, int socket, int status) {
  struct error error = { .stage = "mounts" };
  struct supply supply = { .plan = plan, .userns = userns, .nodes = -1 };
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  prctl(PR_SET_NAME, "gantry-supply", 0, 0, 0);
  if (supply_all(&supply, socket, &error) == 0) _exit(0);
  message_send_error(status, MESSAGE_FAILED, &error);
  _exit(1);
}

int supply_map_binds(struct plan *plan, int root, struct error *error) {
  struct supply supply = { .plan = plan, .userns = -1, .nodes = -1 };
  if (!supply_needed(plan)) return 0;
  if (wants_user(plan) && learn_user(&supply, root, error) < 0) return -1;
  error->stage = "mounts";
  /* A namespace with the container's maps shows the same owners as the container's own. */
  cleanup_close int userns = plan->has_user ? idmap_namespace(&plan->user, error) : -1;
  if (plan->has_user && userns < 0) return -1;
  supply.userns = userns;
  for (uint32_t i = 0; i < plan->op_count; i++)
    if (plan->ops[i].kind == OP_BIND && map_bind(&supply, &plan->ops[i], error) < 0) return -1;
  return 0;
}

int supply_take(int socket, const struct op *op, struct error *error) {
  return handover_receive(socket, MESSAGE_MOUNT, op->target[0] ? op->target : "rootfs", error);
}
