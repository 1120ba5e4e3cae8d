// Keeps what a disk is certain to have: whenever a program syncs a file below the folder FORGETFUL_FOLDER, the file as it is goes into the
// folder FORGETFUL_DISK, in one step; syncfs(2) does that with all files. A name that was removed is gone there when its folder is
// synced. What a loss of power leaves is then any mixture of the pages of both folders.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder, *disk;
// An older copy must not take the place of a younger one.
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static size_t length;

__attribute__((constructor)) static void find_folders(void) {
  folder = getenv("FORGETFUL_FOLDER");
  disk = getenv("FORGETFUL_DISK");
  if (!disk) folder = NULL;
  if (folder) length = strlen(folder);
}

// Makes the folders above a file.
static void make_folders(char *path) {
  for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
    *slash = 0;
    mkdir(path, 0777);
    *slash = '/';
  }
}

static void copy(const char *path) {
  char target[PATH_MAX], unfinished[PATH_MAX + 40];
  if (snprintf(target, sizeof target, "%s%s", disk, path + length) >= (int)sizeof target) return;
  snprintf(unfinished, sizeof unfinished, "%s.copy-%d", target, (int)gettid());
  int from = open(path, O_RDONLY | O_CLOEXEC);
  if (from < 0) return;
  make_folders(target);
  int to = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  char buffer[65536];
  ssize_t count;
  while (to >= 0 && (count = read(from, buffer, sizeof buffer)) > 0) {
    if (write(to, buffer, count) != count) abort();
  }
  close(from);
  if (to < 0) return;
  close(to);
  rename(unfinished, target);
}

static void keep(const char *path) {
  pthread_mutex_lock(&one_at_a_time);
  copy(path);
  pthread_mutex_unlock(&one_at_a_time);
}

static int keep_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)place;
  if (kind == FTW_F && S_ISREG(status->st_mode)) keep(path);
  return 0;
}

// A name that is gone is gone on the disk too.
static int forget_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status;
  (void)place;
  char original[PATH_MAX];
  if (kind != FTW_F || snprintf(original, sizeof original, "%s%s", folder, path + strlen(disk)) >= (int)sizeof original)
    return 0;
  // No copy is under way then.
  pthread_mutex_lock(&one_at_a_time);
  if (access(original, F_OK) != 0) unlink(path);
  pthread_mutex_unlock(&one_at_a_time);
  return 0;
}

// The names of a folder: those that are gone are gone on the disk too.
static void forget_names(const char *path) {
  char target[PATH_MAX], name[PATH_MAX];
  if (snprintf(target, sizeof target, "%s%s", disk, path + length) >= (int)sizeof target) return;
  DIR *names = opendir(target);
  for (struct dirent *entry; names && (entry = readdir(names));) {
    struct stat status;
    if (snprintf(name, sizeof name, "%s/%s", target, entry->d_name) < (int)sizeof name && lstat(name, &status) == 0 &&
        S_ISREG(status.st_mode))
      forget_entry(name, &status, FTW_F, NULL);
  }
  if (names) closedir(names);
}

static void keep_descriptor(int descriptor) {
  char link[40], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t count = folder ? readlink(link, path, sizeof path - 1) : -1;
  if (count <= 0) return;
  path[count] = 0;
  if (strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != 0)) return;
  struct stat status;
  if (fstat(descriptor, &status) != 0) return;
  if (S_ISDIR(status.st_mode))
    forget_names(path);
  else
    keep(path);
}

#define ORIGINAL(name) \
  static int (*original)(int); \
  if (!original) original = (int (*)(int))dlsym(RTLD_NEXT, name)

int fsync(int descriptor) {
  ORIGINAL("fsync");
  keep_descriptor(descriptor);
  return original(descriptor);
}

int fdatasync(int descriptor) {
  ORIGINAL("fdatasync");
  keep_descriptor(descriptor);
  return original(descriptor);
}

int syncfs(int descriptor) {
  (void)descriptor;
  if (folder) {
    nftw(folder, keep_entry, 16, FTW_PHYS);
    nftw(disk, forget_entry, 16, FTW_PHYS);
  }
  // The machine's own disk may take its time with other programs' data.
  return 0;
}
