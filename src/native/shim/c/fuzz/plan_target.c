/* Whatever bytes it is given, the parser refuses them or reads them whole: what it accepts, it can be written back from to
 * the last byte. */
#define _GNU_SOURCE
#include <string.h>

#include "fuzz.h"
#include "message.h"
#include "plan.h"
#include "plan_writer.h"
#include "protocol.h"

unsigned long fuzz_accepted;

void fuzz_repair(uint8_t *data, size_t size) {
  if (size < 12) return;
  put_u32(data, PLAN_MAGIC);
  put_u32(data + 4, PROTOCOL_VERSION);
  put_u32(data + 8, (uint32_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct plan plan;
  struct error error = { .stage = "plan" };
  uint8_t *copy = malloc(size ? size : 1);
  must(copy);
  if (size > 0) memcpy(copy, data, size);
  int result = plan_parse(copy, size, &plan, &error);
  must(result == 0 || result == -1);
  if (result == 0) {
    struct written written = plan_write(&plan);
    must(written.length == size && memcmp(written.bytes, data, size) == 0);
    free(written.bytes);
    plan_release(&plan);
    fuzz_accepted++;
  } else {
    must(error.operation && strlen(error.detail) > 0);
  }
  free(copy);
  return 0;
}
