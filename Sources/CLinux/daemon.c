#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int clinux_background(int new_session) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t child = fork();
  if (child < 0) return -1;
  if (child > 0) {
    close(ends[1]);
    char ready = 0;
    ssize_t count;
    while ((count = read(ends[0], &ready, 1)) < 0 && errno == EINTR) {}
    if (count == 1) _exit(0);
    /* It ended before it was ready, and has said why. */
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
  }
  close(ends[0]);
  if (new_session) setsid();
  return ends[1];
}

void clinux_background_ready(int descriptor) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int number = 0; nothing >= 0 && number < 3; number++) dup2(nothing, number);
  if (nothing > 2) close(nothing);
  char ready = 1;
  while (write(descriptor, &ready, 1) < 0 && errno == EINTR) {}
  close(descriptor);
}
