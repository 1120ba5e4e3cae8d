#define _GNU_SOURCE
#include "CLinux.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { slot_size = 16, slot_count = 65536 };

/* Address space only; the kernel gives a page when its first slot is written. */
static char *slots;
static size_t used;
static void *free_slots; /* each holds the address of the next */

static int is_slot(const void *pointer) {
  return slots != NULL && (const char *)pointer >= slots &&
         (const char *)pointer < slots + (size_t)slot_size * slot_count;
}

void *clinux_slot_malloc(size_t size) {
  if (size > slot_size) return malloc(size);
  if (free_slots != NULL) {
    void *slot = free_slots;
    memcpy(&free_slots, slot, sizeof free_slots);
    return slot;
  }
  if (slots == NULL) {
    void *region = mmap(NULL, (size_t)slot_size * slot_count, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return malloc(size);
    slots = region;
  }
  return used < slot_count ? slots + slot_size * used++ : malloc(size);
}

void clinux_slot_free(void *pointer) {
  if (!is_slot(pointer)) {
    free(pointer);
    return;
  }
  memcpy(pointer, &free_slots, sizeof free_slots);
  free_slots = pointer;
}

void *clinux_slot_realloc(void *pointer, size_t size) {
  if (pointer == NULL) return clinux_slot_malloc(size);
  if (!is_slot(pointer)) return realloc(pointer, size);
  if (size <= slot_size) return pointer;
  void *larger = malloc(size);
  if (larger == NULL) return NULL;
  memcpy(larger, pointer, slot_size);
  clinux_slot_free(pointer);
  return larger;
}
