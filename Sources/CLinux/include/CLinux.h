/* CLinux: what Swift cannot import or must not do. Each function says why it is here. */
#ifndef CLINUX_H
#define CLINUX_H

/* No header that brings fd_set: the modules of C libraries disagree about its members, and Swift then refuses
   to import both. So pid_t, uid_t, gid_t and mode_t appear as what they are on Linux. */
#include <stddef.h>
#include <stdint.h>

/* A pthread lock with a condition, on the heap so that it never moves. Here because ThreadSanitizer
   understands pthread's lock and reports false races for Synchronization.Mutex. */
typedef struct clinux_lock clinux_lock;
clinux_lock *clinux_lock_create(void);
void clinux_lock_destroy(clinux_lock *lock);
void clinux_lock_acquire(clinux_lock *lock);
void clinux_lock_release(clinux_lock *lock);
void clinux_lock_wait(clinux_lock *lock); /* the lock is held */
void clinux_lock_signal(clinux_lock *lock);

/* Starts a detached thread with all signals blocked and the given stack size in bytes (0: default).
   Returns 0 or an errno. Here because Swift imports pthread_attr_t only as opaque bytes. */
int clinux_thread_start(const char *name, size_t stack, void (*body)(void *), void *context);

/* Marks the calling thread with an owner, and tells whether it has that mark. Here because Swift
   has no thread-local variable of C's cost. */
void clinux_thread_mark(const void *owner);
int clinux_thread_has_mark(const void *owner);

/* A program to start. All pointers stay with the caller. */
typedef struct {
  const char *path;
  char *const *arguments;   /* argv, NULL at the end */
  char *const *environment; /* NAME=VALUE, NULL at the end */
  const char *directory;    /* the working directory */
  int input;                /* stdin, or -1 for /dev/null */
  int output, errors;       /* stdout and stderr */
  uint32_t mask;              /* umask */
  int change_credentials;   /* the four below are used */
  uint32_t user;
  uint32_t group;
  const uint32_t *groups;
  size_t group_count;
} clinux_program;

/* Starts the program in a session of its own with default signal handling, no blocked signals and no
   descriptor but 0, 1 and 2. Returns 0 and fills pid and pidfd (close-on-exec), or the errno of the step
   named in *step. Here because between clone and exec a child that shares the parent's memory may run
   neither Swift nor malloc. */
int clinux_spawn(const clinux_program *program, int32_t *pid, int *pidfd, const char **step);

/* Call it after a signal was ignored or got a handler: clinux_spawn knows which ones it must reset in a child. */
void clinux_signals_changed(void);

/* Waits, without blocking, for the process behind pidfd. 1 when it has ended: *code is its exit status or
   signal, *killed tells which; 0 when it still runs; a negative errno otherwise. Here because Swift does
   not import waitid's id types for pidfds. */
int clinux_reap(int pidfd, int *code, int *killed);

/* Gives the allocator's free pages back to the kernel (malloc_trim(3)). Here because Swift's Glibc has no malloc.h. */
void clinux_trim_memory(void);

/* malloc, realloc and free for one thread, with an area of their own for blocks of 16 bytes and less. libevent keeps
   such a block for each descriptor number it ever saw; between larger blocks each would keep a page from being given
   back. Here because libevent calls them. */
void *clinux_slot_malloc(size_t size);
void *clinux_slot_realloc(void *pointer, size_t size);
void clinux_slot_free(void *pointer);

/* open(2) and fcntl(2) are variadic; these are the forms that are needed. -1 with errno on failure. */
int clinux_open_read(const char *path);           /* O_RDONLY | O_CLOEXEC | O_NONBLOCK */
int clinux_open_append(const char *path);         /* O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640 */
int clinux_create(const char *path, uint32_t mode); /* O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC */
int clinux_set_nonblocking(int descriptor);
int clinux_pipe(int *read_end, int *write_end, int ours); /* close-on-exec, our end (0 read, 1 write) non-blocking */
int clinux_copy(int descriptor); /* close-on-exec, at least 3 */

/* accept4(2), non-blocking and close-on-exec; Swift's Glibc module leaves it out. The pointers are a struct
   sockaddr and a socklen_t. */
int clinux_accept(int listener, void *address, uint32_t *length);

/* A non-blocking, close-on-exec eventfd. Here because Swift's Glibc module leaves sys/eventfd.h out. */
int clinux_eventfd(void);

/* Forks into the background, before there is any other thread. The parent waits until the child is ready or has
   ended, and exits with its status. Returns, in the child only, a descriptor for clinux_background_ready, which
   lets the parent exit and replaces stdin, stdout and stderr by /dev/null; -1 with errno on failure. Here because Swift does not
   import fork(2). */
int clinux_background(int new_session);
void clinux_background_ready(int descriptor);

/* The words that this process was started with, argv[0] first; NULL past the end. Here because Swift's CommandLine
   reads /proc/self/cmdline, and a chroot may have no /proc: the words would vanish. */
int clinux_argument_count(void);
const char *clinux_argument(int index);

/* The path that the kernel was told to execute, as it was given; NULL when unknown. From the auxiliary vector, which
   Swift's Glibc module leaves out. */
const char *clinux_executable(void);

/* adjtimex(2), which changes nothing here; Swift's Glibc module leaves sys/timex.h out. The units are the kernel's.
   The clock's state, 0 to 5; -1 with errno on failure. */
struct clinux_time {
  int status;
  long offset, frequency, maximum_error, estimated_error, constant;
  int tai;
};
int clinux_ask_time(struct clinux_time *answer);

/* inotify(7), which Swift's Glibc module leaves out: a non-blocking, close-on-exec queue, and a watch on all that
   happens to the entries of a folder and to itself. -1 with errno on failure. */
int clinux_inotify(void);
int clinux_inotify_folder(int inotify, const char *path);

#endif
