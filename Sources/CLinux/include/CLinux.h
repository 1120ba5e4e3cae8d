/* CLinux: what Swift cannot import or must not do. Each function says why it is here. */
#ifndef CLINUX_H
#define CLINUX_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

/* A pthread lock with a condition, on the heap so that it never moves. Here because ThreadSanitizer
   understands pthread's lock and reports false races for Synchronization.Mutex. */
typedef struct clinux_lock clinux_lock;
clinux_lock *clinux_lock_create(void);
void clinux_lock_destroy(clinux_lock *lock);
void clinux_lock_acquire(clinux_lock *lock);
void clinux_lock_release(clinux_lock *lock);
void clinux_lock_wait(clinux_lock *lock);   /* the lock is held */
void clinux_lock_signal(clinux_lock *lock);

/* Starts a detached thread with all signals blocked and the given stack size in bytes (0: default). 0 or an errno. */
int clinux_thread_start(const char *name, size_t stack, void (*body)(void *), void *context);

#endif
