// A clock that a test sets: time of day is the number in the file STANDING_CLOCK (seconds since 1970, as text), and stands still
// until that is changed. Waiting, which goes by other clocks, is as ever.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile char *digits;

__attribute__((constructor)) static void open_clock(void) {
  const char *path = getenv("STANDING_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) digits = page;
}

static time_t now(void) {
  time_t number = 0;
  for (const volatile char *place = digits; *place >= '0' && *place <= '9'; place++) number = number * 10 + (*place - '0');
  return number;
}

time_t time(time_t *result) {
  struct timespec real;
  if (!digits) {
    clock_gettime(CLOCK_REALTIME, &real);
  } else {
    real.tv_sec = now();
  }
  if (result) *result = real.tv_sec;
  return real.tv_sec;
}

int clock_gettime(clockid_t clock, struct timespec *result) {
  static int (*original)(clockid_t, struct timespec *);
  if (!original) original = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  if (!digits || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return original(clock, result);
  result->tv_sec = now();
  result->tv_nsec = 0;
  return 0;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
  (void)zone;
  struct timespec time;
  int code = clock_gettime(CLOCK_REALTIME, &time);
  result->tv_sec = time.tv_sec;
  result->tv_usec = time.tv_nsec / 1000;
  return code;
}
