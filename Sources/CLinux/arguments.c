#include "CLinux.h"

#include <sys/auxv.h>

static int count;
static char **words;

/* glibc hands argc, argv and envp to the functions of .init_array. */
__attribute__((constructor)) static void remember(int argc, char **argv, char **environment) {
  (void)environment;
  count = argc;
  words = argv;
}

int clinux_argument_count(void) { return count; }

const char *clinux_argument(int index) { return index >= 0 && index < count ? words[index] : 0; }

const char *clinux_executable(void) { return (const char *)getauxval(AT_EXECFN); }
