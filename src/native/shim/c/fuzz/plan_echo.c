/* plan-echo: reads plans (u32 length, bytes) and answers each with what the parser read, written again; or with a length of 0
 * and the reason of its refusal (u32 length, bytes). */
#define _GNU_SOURCE
#include <string.h>

#include "fuzz.h"
#include "message.h"
#include "plan.h"
#include "plan_writer.h"

static void answer(const void *data, size_t size) {
  uint8_t length[4];
  put_u32(length, (uint32_t)size);
  must(fwrite(length, 1, sizeof length, stdout) == sizeof length && fwrite(data, 1, size, stdout) == size);
}

static void echo(uint8_t *bytes, size_t size) {
  struct plan plan;
  struct error error = { .stage = "plan" };
  if (plan_parse(bytes, size, &plan, &error) < 0) {
    answer("", 0);
    answer(error.detail, strlen(error.detail));
    return;
  }
  struct written written = plan_write(&plan);
  answer(written.bytes, written.length);
  free(written.bytes);
  plan_release(&plan);
}

int main(void) {
  uint8_t length[4];
  while (fread(length, 1, sizeof length, stdin) == sizeof length) {
    size_t size = get_u32(length);
    uint8_t *bytes = malloc(size ? size : 1);
    must(bytes && fread(bytes, 1, size, stdin) == size);
    echo(bytes, size);
    free(bytes);
  }
  return fflush(stdout) != 0;
}
