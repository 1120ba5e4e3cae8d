#include "CLinux.h"

#include <pthread.h>
#include <stdlib.h>

struct clinux_lock {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};

clinux_lock *clinux_lock_create(void) {
  clinux_lock *lock = malloc(sizeof *lock);
  if (lock == NULL) abort();
  pthread_mutex_init(&lock->mutex, NULL);
  pthread_cond_init(&lock->condition, NULL);
  return lock;
}

void clinux_lock_destroy(clinux_lock *lock) {
  pthread_cond_destroy(&lock->condition);
  pthread_mutex_destroy(&lock->mutex);
  free(lock);
}

void clinux_lock_acquire(clinux_lock *lock) { pthread_mutex_lock(&lock->mutex); }
void clinux_lock_release(clinux_lock *lock) { pthread_mutex_unlock(&lock->mutex); }
void clinux_lock_wait(clinux_lock *lock) { pthread_cond_wait(&lock->condition, &lock->mutex); }
void clinux_lock_signal(clinux_lock *lock) { pthread_cond_signal(&lock->condition); }
