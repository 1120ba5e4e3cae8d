/* What it costs to ask a script, by hand and through a node.
 *
 *   spawn-floor script PATH RUNS          posix_spawn, read its output from a pipe to the end, wait for it
 *   spawn-floor node PORT SERVICE RUNS    the same over a node that has the script as a plugin
 *
 * One run after the other. Prints {"runs", "bytes", "median_ns"}, bytes those of one answer.  */
#define _GNU_SOURCE
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* stdin from /dev/null, stdout into the pipe, our own environment. */
static size_t run(char *path)
{
    char bytes[65536], *arguments[] = { path, NULL };
    posix_spawn_file_actions_t actions;
    int ends[2], status, error;
    size_t size = 0;
    ssize_t count;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        fail("pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    error = posix_spawn(&pid, path, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0) {
        errno = error;
        fail(path);
    }
    while ((count = read(ends[0], bytes, sizeof bytes)) > 0)
        size += (size_t)count;
    close(ends[0]);
    if (waitpid(pid, &status, 0) < 0 || status != 0) {
        errno = 0;
        fail(path);
    }
    return size;
}

static size_t ask(struct lines *lines, const char *service)
{
    char request[256];
    size_t size = 0;
    lines_send(lines, request, (size_t)snprintf(request, sizeof request, "fetch %s\n", service));
    for (;;) {
        char *line = lines_next(lines);
        if (strcmp(line, ".") == 0)
            return size;
        if (line[0] == '#') {
            errno = 0;
            fail(line);
        }
        size += strlen(line) + 1;
    }
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    bool node = argc == 5 && strcmp(argv[1], "node") == 0;
    int runs = node ? atoi(argv[4]) : argc == 4 && strcmp(argv[1], "script") == 0 ? atoi(argv[3]) : 0;
    if (runs < 1) {
        fprintf(stderr, "usage: spawn-floor script PATH RUNS | node PORT SERVICE RUNS\n");
        return 2;
    }
    static struct lines lines;
    int64_t *taken = calloc((size_t)runs, sizeof *taken);
    size_t size = 0;
    if (node) {
        lines_connect(&lines, atoi(argv[2]), false);
        lines_next(&lines);
    }
    for (int i = 0; i < runs; i++) {
        int64_t start = now();
        size = node ? ask(&lines, argv[3]) : run(argv[2]);
        taken[i] = now() - start;
    }
    qsort(taken, (size_t)runs, sizeof *taken, ascending);
    printf("{\"runs\": %d, \"bytes\": %zu, \"median_ns\": %lld}\n", runs, size, (long long)taken[runs / 2]);
    free(taken);
    return 0;
}
