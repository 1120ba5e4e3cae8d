// librrd, and two calls of the system that glibc declares only for _GNU_SOURCE, which Swift does not define.
#ifndef CRRD_SHIM_H
#define CRRD_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <rrd.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

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

extern int syncfs(int descriptor);

/// syncfs(2) on the file system of a directory: 0, or the error number.
static inline int crrd_sync(const char *directory)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return errno;
    int problem = syncfs(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    return problem;
}

#endif
