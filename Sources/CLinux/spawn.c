#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
/* ThreadSanitizer treats every clone as a fork, and would record in the parent's memory what the child does with its
   own descriptors. glibc's other names of the same functions are not intercepted. */
#define unwatched __attribute__((disable_sanitizer_instrumentation))
int __clone(int (*)(void *), void *, int, void *, ...);
int __open(const char *, int, ...);
int __dup2(int, int);
#define clone __clone
#define open __open
#define dup2 __dup2
#define close(descriptor) ((void)syscall(SYS_close, descriptor))
#endif
#endif
#ifndef unwatched
#define unwatched
#endif

enum { stack_size = 64 * 1024 };

struct launch {
  const clinux_program *program;
  uint64_t signals; /* those to reset, signal 1 in the lowest bit */
  int error;        /* written by the child, which shares our memory */
  const char *step; /* likewise */
};

enum { signal_set_size = 8, last_signal = 64 };

/* The kernel's struct sigaction, whose first word is the handler on every architecture but MIPS. glibc's function
   refuses its own signals 32 and 33, which can come to us ignored. */
struct kernel_action {
  unsigned long handler, rest[7];
};

/* The signals that do not have their default effect, signal 1 in the lowest bit. Asking costs 64 system calls, 2 % of
   the run of a short script, so it is done once and after each change. A signal that has its default effect again
   stays in: another reset does no harm. */
static _Atomic uint64_t handled_signals;
static _Atomic unsigned signal_changes = 1, signals_looked_at;

static uint64_t look_at_signals(void) {
  uint64_t found = 0;
  for (int number = 1; number <= last_signal; number++) {
    struct kernel_action action = {0};
    syscall(SYS_rt_sigaction, number, NULL, &action, signal_set_size);
    if (action.handler != 0) found |= 1ull << (number - 1);
  }
  return found;
}

static uint64_t signals_to_reset(void) {
  unsigned changes = signal_changes;
  if (signals_looked_at != changes) {
    handled_signals |= look_at_signals();
    signals_looked_at = changes;
  }
  uint64_t signals = handled_signals;
#ifdef DEBUG
  if (look_at_signals() & ~signals) {
    fputs("CLinux: a signal's handler was changed without clinux_signals_changed\n", stderr);
    abort();
  }
#endif
  return signals;
}

void clinux_signals_changed(void) { signal_changes++; }

static unwatched int fail(struct launch *launch, const char *step) {
  launch->error = errno;
  launch->step = step;
  return 127;
}

/* Moves a descriptor above 2, so that the dup2 calls below cannot overwrite it. */
static unwatched int lift(int descriptor) {
  return descriptor > 2 ? descriptor : fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

/* Runs in the child, in the parent's memory, while the parent waits: system calls only. The credentials
   are changed by raw system calls, because glibc's functions would signal every thread of the parent. */
static unwatched int child(void *pointer) {
  struct launch *launch = pointer;
  const clinux_program *program = launch->program;

  struct kernel_action action = {0}; /* SIG_DFL */
  for (uint64_t left = launch->signals; left != 0; left &= left - 1)
    syscall(SYS_rt_sigaction, __builtin_ctzll(left) + 1, &action, NULL, signal_set_size);

  if (setsid() < 0) return fail(launch, "setsid");
  int input = program->input >= 0 ? lift(program->input) : open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (input >= 0 && input < 3) input = lift(input);
  int output = lift(program->output);
  int errors = lift(program->errors);
  if (input < 0 || output < 0 || errors < 0) return fail(launch, "open");
  if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0) return fail(launch, "dup2");
  if (syscall(SYS_close_range, 3u, ~0u, 0u) != 0) {
    /* A kernel before 5.9. */
    for (int descriptor = 3; descriptor < 4096; descriptor++) close(descriptor);
  }
  umask(program->mask);
  if (program->change_credentials) {
    if (syscall(SYS_setgroups, program->group_count, program->groups) != 0)
      return fail(launch, "setgroups");
    if (syscall(SYS_setresgid, program->group, program->group, program->group) != 0)
      return fail(launch, "setresgid");
    if (syscall(SYS_setresuid, program->user, program->user, program->user) != 0)
      return fail(launch, "setresuid");
  }
  if (chdir(program->directory) != 0) return fail(launch, "chdir");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(program->path, program->arguments, program->environment);
  /* A script without #! is the shell's, as for execvp(3). */
  enum { most = 64 };
  char *words[most + 3];
  int count = 0;
  while (program->arguments[count] != NULL) count++;
  if (errno == ENOEXEC && count > 0 && count <= most) {
    words[0] = "/bin/sh";
    words[1] = (char *)program->path;
    for (int index = 1; index <= count; index++) words[index + 1] = program->arguments[index];
    execve(words[0], words, program->environment);
    errno = ENOEXEC;
  }
  return fail(launch, "execve");
}

int clinux_spawn(const clinux_program *program, int32_t *pid, int *pidfd, const char **step) {
  struct launch launch = {program, signals_to_reset(), 0, "clone"};
  /* The thread waits until its child has left the stack, so one for each thread that spawns will do. */
  static __thread char *stack;
  if (stack == NULL) {
    void *made = mmap(NULL, stack_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (made == MAP_FAILED) {
      *step = "mmap";
      return errno;
    }
    stack = made;
  }
  /* No handler of ours may run in the child: all signals stay blocked until its handlers are reset. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int descriptor = -1;
  pid_t started = clone(child, stack + stack_size,
                        CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &launch, &descriptor);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  *step = launch.step;
  if (started < 0) return error;
  if (launch.error != 0) {
    waitpid(started, NULL, 0);
    close(descriptor);
    return launch.error;
  }
  *pid = started;
  *pidfd = descriptor;
  return 0;
}

int clinux_reap(int pidfd, int *code, int *killed) {
  siginfo_t information;
  memset(&information, 0, sizeof information);
  if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &information, WEXITED | WNOHANG) != 0) return -errno;
  if (information.si_pid == 0) return 0;
  *code = information.si_status;
  *killed = information.si_code != CLD_EXITED;
  return 1;
}
