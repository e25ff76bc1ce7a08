#define _GNU_SOURCE
#include "user.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

#define MAX_FILE (16 << 20)
#define MAX_GROUPS 65536 /* NGROUPS_MAX */
#define MAX_FIELDS 7

struct text {
  const char *at;
  size_t length;
};

struct line {
  struct text fields[MAX_FIELDS];
  int count;
};

/* The next line with at least `needed` fields; comments and short lines are passed over. */
static bool next_line(const char **position, int needed, struct line *line) {
  while (**position) {
    const char *at = *position;
    const char *end = strchrnul(at, '\n');
    *position = *end ? end + 1 : end;
    line->count = 0;
    bool last = *at == '#' || at == end;
    while (!last && line->count < MAX_FIELDS) {
      const char *colon = memchr(at, ':', (size_t)(end - at));
      const char *stop = colon ? colon : end;
      line->fields[line->count++] = (struct text){ .at = at, .length = (size_t)(stop - at) };
      last = !colon;
      at = stop + 1;
    }
    if (line->count >= needed) return true;
  }
  return false;
}

static bool equals(struct text text, struct text other) {
  return text.length == other.length && memcmp(text.at, other.at, text.length) == 0;
}

static bool parse_id(struct text text, uint32_t *id) {
  uint64_t value = 0;
  if (text.length == 0 || text.length > 10) return false;
  for (size_t i = 0; i < text.length; i++) {
    if (text.at[i] < '0' || text.at[i] > '9') return false;
    value = value * 10 + (uint64_t)(text.at[i] - '0');
  }
  if (value > INT32_MAX) return false;
  *id = (uint32_t)value;
  return true;
}

/* Whether `name` stands in a group's list of members. */
static bool has_member(struct text members, struct text name) {
  while (name.length > 0 && members.length > 0) {
    const char *comma = memchr(members.at, ',', members.length);
    size_t length = comma ? (size_t)(comma - members.at) : members.length;
    if (equals((struct text){ .at = members.at, .length = length }, name)) return true;
    if (!comma) return false;
    members.at += length + 1;
    members.length -= length + 1;
  }
  return false;
}

static int add_group(struct identity *identity, gid_t gid, struct error *error) {
  for (size_t i = 0; i < identity->group_count; i++)
    if (identity->groups[i] == gid) return 0;
  if (identity->group_count >= MAX_GROUPS) return fail(error, "user", EINVAL, "too many groups");
  if (identity->group_count % 64 == 0) {
    gid_t *larger = realloc(identity->groups, (identity->group_count + 64) * sizeof *larger);
    if (!larger) return fail(error, "malloc", ENOMEM, "groups");
    identity->groups = larger;
  }
  identity->groups[identity->group_count++] = gid;
  return 0;
}

static int not_found(const char *kind, struct text name, const char *file, struct error *error) {
  char text[sizeof error->detail];
  snprintf(text, sizeof text, "unable to find %s %.*s: no matching entries in %s file", kind, (int)name.length, name.at, file);
  return fail(error, "user", 0, text);
}

/* passwd: name:password:uid:gid:gecos:home:shell. Sets *name to the entry's name where there is one. */
static int resolve_user(struct text wanted, const char *passwd, struct identity *identity, struct text *name, struct error *error) {
  struct line line;
  uint32_t number = 0;
  bool numeric = parse_id(wanted, &number);
  while (next_line(&passwd, 4, &line)) {
    uint32_t uid;
    uint32_t gid;
    if (!parse_id(line.fields[2], &uid) || !parse_id(line.fields[3], &gid)) continue;
    bool match = wanted.length == 0 ? uid == 0 : equals(line.fields[0], wanted) || (numeric && uid == number);
    if (!match) continue;
    *name = line.fields[0];
    identity->uid = uid;
    identity->gid = gid;
    if (line.count > 5 && line.fields[5].length > 0 && line.fields[5].length < sizeof identity->home)
      snprintf(identity->home, sizeof identity->home, "%.*s", (int)line.fields[5].length, line.fields[5].at);
    return 0;
  }
  if (wanted.length > 0 && !numeric) return not_found("user", wanted, "passwd", error);
  identity->uid = number;
  return 0;
}

static int resolve_group(struct text wanted, const char *group, gid_t *gid, struct error *error) {
  struct line line;
  uint32_t number = 0;
  bool numeric = parse_id(wanted, &number);
  while (next_line(&group, 3, &line)) {
    if (!parse_id(line.fields[2], gid)) continue;
    if (equals(line.fields[0], wanted) || (numeric && *gid == number)) return 0;
  }
  if (!numeric) return not_found("group", wanted, "group", error);
  *gid = number;
  return 0;
}

/* group: name:password:gid:member,member */
static int add_memberships(struct text name, const char *group, struct identity *identity, struct error *error) {
  struct line line;
  while (next_line(&group, 4, &line)) {
    uint32_t gid;
    if (!has_member(line.fields[3], name) || !parse_id(line.fields[2], &gid)) continue;
    if (add_group(identity, gid, error) < 0) return -1;
  }
  return 0;
}

int user_resolve_in(const struct process_plan *process, const char *passwd, const char *group, struct identity *identity,
                    struct error *error) {
  struct text name = { .at = "", .length = 0 };
  const char *colon = strchrnul(process->user, ':');
  struct text user = { .at = process->user, .length = (size_t)(colon - process->user) };
  struct text group_name = { .at = *colon ? colon + 1 : colon, .length = *colon ? strlen(colon + 1) : 0 };
  memset(identity, 0, sizeof *identity);
  strcpy(identity->home, "/");
  if (resolve_user(user, passwd, identity, &name, error) < 0) return -1;
  if (group_name.length > 0 && resolve_group(group_name, group, &identity->gid, error) < 0) return -1;
  if (add_group(identity, identity->gid, error) < 0) return -1;
  /* A group that was named stands for all groups, as with Docker. */
  if (group_name.length == 0 && add_memberships(name, group, identity, error) < 0) return -1;
  for (uint32_t i = 0; i < process->groups.count; i++) {
    gid_t gid;
    struct text wanted = { .at = process->groups.items[i], .length = strlen(process->groups.items[i]) };
    if (resolve_group(wanted, group, &gid, error) < 0 || add_group(identity, gid, error) < 0) return -1;
  }
  return 0;
}

char *user_read_file(const char *path) {
  struct stat status;
  cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > MAX_FILE) return calloc(1, 1);
  size_t size = (size_t)status.st_size;
  char *text = malloc(size + 1);
  if (!text) return NULL;
  size_t length = 0;
  while (length < size) {
    ssize_t got = read(fd, text + length, size - length);
    if (got <= 0) break;
    length += (size_t)got;
  }
  text[length] = '\0';
  return text;
}

int user_resolve(const struct process_plan *process, struct identity *identity, struct error *error) {
  cleanup_free char *passwd = user_read_file("/etc/passwd");
  cleanup_free char *group = user_read_file("/etc/group");
  if (!passwd || !group) return fail(error, "malloc", ENOMEM, "/etc/passwd");
  return user_resolve_in(process, passwd, group, identity, error);
}
