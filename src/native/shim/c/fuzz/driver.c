/* fuzz-TARGET CORPUS INPUTS SEED: mutates the files of a directory, so many times, always in the same way for the same seed.
 * An input that ends the program is left in crash-SEED-NUMBER in the current directory. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define MAX_CORPUS 4096
#define LONGEST 65536

static struct input {
  uint8_t *bytes;
  size_t size;
} corpus[MAX_CORPUS];
static size_t corpus_count;

/* xorshift64* */
static uint64_t state;
static uint64_t draw(uint64_t below) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return below ? (state * UINT64_C(2685821657736338717) >> 11) % below : 0;
}

static void read_corpus(const char *path) {
  DIR *directory = opendir(path);
  struct dirent *entry;
  must(directory);
  while ((entry = readdir(directory)) && corpus_count < MAX_CORPUS) {
    struct stat status;
    int fd = openat(dirfd(directory), entry->d_name, O_RDONLY);
    must(fd >= 0 && fstat(fd, &status) == 0);
    if (S_ISREG(status.st_mode) && status.st_size <= LONGEST / 2) {
      struct input *input = &corpus[corpus_count++];
      input->size = (size_t)status.st_size;
      input->bytes = malloc(input->size + 1);
      must(input->bytes && read(fd, input->bytes, input->size) == (ssize_t)input->size);
    }
    close(fd);
  }
  closedir(directory);
  must(corpus_count > 0);
}

/* readdir has no order that one could count on. */
static int by_content(const void *one, const void *other) {
  const struct input *a = one, *b = other;
  if (a->size != b->size) return a->size < b->size ? -1 : 1;
  return memcmp(a->bytes, b->bytes, a->size);
}

static uint8_t current[LONGEST];
static size_t size;

static void put(size_t at, uint64_t value, size_t width) {
  for (size_t i = 0; i < width && at + i < size; i++) current[at + i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get(size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4 && at + i < size; i++) value |= (uint32_t)current[at + i] << 8 * i;
  return value;
}

/* What lengths and counts are wrong by. */
static void mutate_number(size_t at) {
  const uint32_t now = get(at);
  const uint32_t values[] = { 0, 1, now + 1, now - 1, now * 2, now + 4, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe,
                              (uint32_t)(size - at), (uint32_t)(size - at) - 4, (uint32_t)(size - at) + 1, (uint32_t)draw(UINT32_MAX) };
  put(at, values[draw(sizeof values / sizeof *values)], draw(4) ? 4 : 2);
}

static void remove_span(size_t at, size_t length) {
  if (length > size - at) length = size - at;
  memmove(current + at, current + at + length, size - at - length);
  size -= length;
}

static void insert(size_t at, const uint8_t *bytes, size_t length) {
  static uint8_t copy[LONGEST];
  if (length > LONGEST - size) return;
  memcpy(copy, bytes, length);
  memmove(current + at + length, current + at, size - at);
  memcpy(current + at, copy, length);
  size += length;
}

static void mutate(void) {
  size_t at = (size_t)draw(size + 1);
  const struct input *other = &corpus[draw(corpus_count)];
  size_t from = (size_t)draw(other->size + 1);
  size_t length = (size_t)draw(draw(2) ? 9 : 120);
  switch (draw(8)) {
    case 0: put(at, draw(256), 1); return;
    case 1: put(at, (at < size ? current[at] : 0u) ^ 1u << draw(8), 1); return;
    case 2:
    case 3: mutate_number(at); return;
    case 4: remove_span(at, length); return;
    case 5: insert(at, current + at, length < size - at ? length : size - at); return;
    case 6: insert(at, other->bytes + from, length < other->size - from ? length : other->size - from); return;
    default:
      remove_span(at, size);
      insert(at, other->bytes + from, other->size - from);
  }
}

static char crash_name[64];
static uint8_t *running;
static size_t running_size;

void __asan_on_error(void);
void __asan_on_error(void) {
  int fd = open(crash_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd >= 0 && write(fd, running, running_size) >= 0) close(fd);
}

/* On memory of exactly its size, so that one byte too far is seen. */
static void run(unsigned long seed, unsigned long number) {
  snprintf(crash_name, sizeof crash_name, "crash-%lu-%lu", seed, number);
  running = malloc(size ? size : 1);
  must(running);
  memcpy(running, current, size);
  running_size = size;
  LLVMFuzzerTestOneInput(running, size);
  free(running);
}

int main(int argc, char **argv) {
  must(argc == 4);
  read_corpus(argv[1]);
  qsort(corpus, corpus_count, sizeof *corpus, by_content);
  unsigned long inputs = strtoul(argv[2], NULL, 10), seed = strtoul(argv[3], NULL, 10);
  state = seed * 2 + 1;
  for (unsigned long number = 0; number < inputs + corpus_count; number++) {
    const struct input *input = &corpus[number < corpus_count ? number : draw(corpus_count)];
    size = input->size;
    memcpy(current, input->bytes, size);
    /* Each of the corpus once as it is. */
    if (number >= corpus_count) {
      for (uint64_t changes = 1 + draw(4); changes > 0; changes--) mutate();
      if (draw(16)) fuzz_repair(current, size);
    }
    run(seed, number);
  }
  for (size_t i = 0; i < corpus_count; i++) free(corpus[i].bytes);
  printf("%lu inputs, %lu accepted\n", inputs + corpus_count, fuzz_accepted);
  return 0;
}
