/* Ends its first thread and lives on in another: /proc shows a zombie, which has no namespaces and no root any more. */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

static void *stay(void *nothing) {
  for (;;) pause();
  return nothing;
}

int main(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, stay, NULL) != 0) return 1;
  pthread_exit(NULL);
}
