/* Linked into the sanitized shim, whose stderr is /dev/null: reports go to files where a test finds them. Leaks are not
 * looked for, since every process of the shim ends by _exit or execve. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void) {
  return "detect_leaks=0:log_path=/tmp/gantry-sanitizer:handle_segv=1";
}

const char *__ubsan_default_options(void) {
  return "print_stacktrace=1:log_path=/tmp/gantry-sanitizer";
}
