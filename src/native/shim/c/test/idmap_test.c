#define _GNU_SOURCE
#include <stdlib.h>

#include "check.h"
#include "idmap.h"

static void test_outside(void) {
  struct id_range ranges[] = { { 0, 100000, 1000 }, { 1000, 5, 1 }, { UINT32_MAX - 2, 7, 2 } };
  struct id_map map = { .ranges = ranges, .count = 3 };
  check(idmap_outside(&map, 0) == 100000 && idmap_outside(&map, 999) == 100999);
  check(idmap_outside(&map, 1000) == 5 && idmap_outside(&map, 1001) == NO_ID);
  check(idmap_outside(&map, UINT32_MAX - 1) == 8 && idmap_outside(&map, UINT32_MAX) == NO_ID);
}

/* Every id but the two is where it was, and none is mapped twice. */
static void check_exchange(const struct id_map *map, uint32_t one, uint32_t other) {
  struct id_map exchanged;
  struct error error;
  check(idmap_exchange(map, one, other, &exchanged, &error) == 0);
  check(idmap_outside(&exchanged, one) == idmap_outside(map, other));
  check(idmap_outside(&exchanged, other) == idmap_outside(map, one));
  uint64_t size = 0;
  for (uint32_t i = 0; i < map->count; i++) size += map->ranges[i].count;
  for (uint32_t i = 0; i < exchanged.count; i++) size -= exchanged.ranges[i].count;
  check(size == 0);
  for (uint32_t id = 0; id < 30; id++)
    if (id != one && id != other) check(idmap_outside(&exchanged, id) == idmap_outside(map, id));
  free(exchanged.ranges);
}

static void test_exchange(void) {
  struct id_range ranges[] = { { 0, 100, 10 }, { 10, 500, 10 } };
  struct id_map map = { .ranges = ranges, .count = 2 };
  struct error error;
  for (uint32_t one = 0; one < 22; one++)
    for (uint32_t other = 0; other < 20; other++) check_exchange(&map, one, other);
  check(idmap_exchange(&map, 0, 20, &map, &error) == -1 && error.number != 0);
}

/* The whole range of ids, as a mount without a user namespace has it. */
static void test_exchange_in_all(void) {
  struct id_range all[] = { { 0, 0, UINT32_MAX } };
  struct id_map map = { .ranges = all, .count = 1 };
  check_exchange(&map, 0, 1000);
  check_exchange(&map, 500, 0);
  check_exchange(&map, UINT32_MAX - 1, 3);
  check_exchange(&map, 33, 33);
}

void test_idmap(void) {
  test_outside();
  test_exchange();
  test_exchange_in_all();
}
