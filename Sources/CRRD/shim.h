// librrd, and three small things beside it that Swift cannot call: system calls without a glibc
// declaration in the importer's default feature set, and a call whose errno must be read at once.
#ifndef CRRD_SHIM_H
#define CRRD_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <rrd.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/// rrd_create_r2 without sources or template. When the disk is full librrd 1.7 fails without a word,
/// so errno is handed out too.
static inline int crrd_create(
    const char *path, unsigned long step, time_t start, int count, const char **arguments, int *problem)
{
    errno = 0;
    int result = rrd_create_r2(path, step, start, 0, NULL, NULL, count, arguments);
    *problem = errno;
    return result;
}

/// rename(2) that never replaces a file: 0, or the error number (EEXIST when the name is taken).
static inline int crrd_rename_new(const char *from, const char *to)
{
    const unsigned int no_replace = 1;
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, no_replace) == 0)
        return 0;
    // Some file systems have no such flag: the gap between the look and the rename is then accepted.
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (access(to, F_OK) == 0)
        return EEXIST;
    return rename(from, to) == 0 ? 0 : errno;
}

/// syncfs(2) on the file system of a directory: 0, or the error number.
static inline int crrd_sync(const char *directory)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return errno;
    int problem = syscall(SYS_syncfs, descriptor) == 0 ? 0 : errno;
    close(descriptor);
    return problem;
}

#endif
