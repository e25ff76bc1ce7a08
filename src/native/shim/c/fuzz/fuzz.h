/* A target is libFuzzer's function, so that it can be linked with clang's driver as well as with ours (driver.c). It aborts
 * where something does not hold; the sanitizers see the rest. */
#ifndef GANTRY_FUZZ_H
#define GANTRY_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* After a mutation: makes the input acceptable again where a checksum or a length would hide everything behind it. */
void fuzz_repair(uint8_t *data, size_t size);

/* How many inputs came to the end of what the target does with good ones: a fuzzer that is always refused proves nothing. */
extern unsigned long fuzz_accepted;

#define must(condition) ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), abort()))

#endif
