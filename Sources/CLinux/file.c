#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_open_read(const char *path) { return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); }

int clinux_open_append(const char *path) {
  /* O_NONBLOCK: a pipe without a reader is an error instead of a wait. O_NOCTTY: a terminal does not become the
     controlling terminal. */
  return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

int clinux_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

int clinux_create(const char *path, uint32_t mode) {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

int clinux_pipe(int *read_end, int *write_end, int ours) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  /* Only our end: a child expects that reading and writing wait. */
  fcntl(ends[ours], F_SETFL, (ours ? O_WRONLY : O_RDONLY) | O_NONBLOCK);
  *read_end = ends[0];
  *write_end = ends[1];
  return 0;
}

int clinux_copy(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }

int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int clinux_accept(int listener, void *address, uint32_t *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_inotify(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int clinux_inotify_folder(int inotify, const char *path) {
  return inotify_add_watch(inotify, path,
                           IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
                               IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
}
