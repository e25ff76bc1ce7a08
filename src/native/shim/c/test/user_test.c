#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "user.h"

static const char passwd[] = "# comment\n"
                             "root:x:0:0:root:/root:/bin/sh\n"
                             "short:x\n"
                             "\n"
                             "bad:x:abc:5::/bad:\n"
                             "ada:x:1000:1001:Ada:/home/ada:/bin/sh\n"
                             "homeless:x:7:7::";
static const char group[] = "root:x:0:\nada:x:1001:\nwheel:x:10:root,ada\nvideo:x:44:adam,ada\nlast:x:5:ada";

static int resolve(const char *user, char **groups, uint32_t count, struct identity *identity, struct error *error) {
  struct process_plan process = { .user = user, .groups = { .items = groups, .count = count } };
  return user_resolve_in(&process, passwd, group, identity, error);
}

static bool is(const char *user, uid_t uid, gid_t gid, size_t groups, const char *home) {
  struct identity identity;
  struct error error;
  int result = resolve(user, NULL, 0, &identity, &error);
  bool holds = result == 0 && identity.uid == uid && identity.gid == gid && identity.group_count == groups &&
               strcmp(identity.home, home) == 0;
  free(identity.groups);
  return holds;
}

static bool refuses(const char *user, const char *message) {
  struct identity identity;
  struct error error;
  int result = resolve(user, NULL, 0, &identity, &error);
  free(identity.groups);
  return result == -1 && strcmp(error.detail, message) == 0;
}

void test_user(void) {
  check(is("", 0, 0, 2, "/root"));
  check(is("root", 0, 0, 2, "/root"));
  check(is("ada", 1000, 1001, 4, "/home/ada"));
  check(is("1000", 1000, 1001, 4, "/home/ada"));
  check(is("homeless", 7, 7, 1, "/"));
  check(is("4711", 4711, 0, 1, "/"));
  check(is("4711:4712", 4711, 4712, 1, "/"));
  check(is("ada:video", 1000, 44, 1, "/home/ada"));
  check(is("ada:", 1000, 1001, 4, "/home/ada"));
  check(is(":video", 0, 44, 1, "/root"));
  check(refuses("bad", "unable to find user bad: no matching entries in passwd file"));
  check(refuses("-1", "unable to find user -1: no matching entries in passwd file"));
  check(refuses("2147483648", "unable to find user 2147483648: no matching entries in passwd file"));
  check(refuses("ada:none", "unable to find group none: no matching entries in group file"));

  struct identity identity;
  struct error error;
  char *groups[] = { (char[]){ "wheel" }, (char[]){ "99" }, (char[]){ "99" } };
  check(resolve("4711", groups, 3, &identity, &error) == 0);
  check(identity.group_count == 3 && identity.groups[1] == 10 && identity.groups[2] == 99);
  free(identity.groups);
}
