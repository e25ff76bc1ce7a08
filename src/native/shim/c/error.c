#include "error.h"

#include <string.h>

int fail(struct error *error, const char *operation, int number, const char *detail) {
  size_t length = strnlen(detail, sizeof error->detail - 1);
  error->operation = operation;
  error->number = number;
  memcpy(error->detail, detail, length);
  error->detail[length] = '\0';
  return -1;
}
