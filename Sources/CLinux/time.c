#include "CLinux.h"

#include <sys/timex.h>

int clinux_ask_time(struct clinux_time *answer) {
  struct timex time = {.modes = 0};
  int state = adjtimex(&time);
  *answer = (struct clinux_time){time.status, time.offset, time.freq, time.maxerror, time.esterror, time.constant,
                                 time.tai};
  return state;
}
