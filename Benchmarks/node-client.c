/* A whole master cycle against one node, as munin-update holds it: connect, cap, list, config and
 * fetch of each service with one request in flight, quit.
 *
 *   node-client PORT CYCLES tcp|quickack SERVICE...
 *
 * With ordinary TCP the client's kernel may delay acknowledgements by 40 ms, which a node that sends
 * a reply in pieces under Nagle's rule then waits for; quickack shows the work without those waits.
 * Prints {"cycles", "values", "median_ns", "min_ns", "mean_ns"}.  */
#define _GNU_SOURCE
#include "lines.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void send_words(struct lines *lines, const char *command, const char *argument)
{
    char request[256];
    int length = snprintf(request, sizeof request, "%s %s\n", command, argument);
    if (length < 0 || (size_t)length >= sizeof request)
        fail("a service name is too long");
    lines_send(lines, request, (size_t)length);
}

static size_t cycle(int port, bool quickack, char **services, int count)
{
    static struct lines lines;
    char name[128];
    double sum = 0;
    size_t values = 0;

    lines_connect(&lines, port, quickack);
    if (sscanf(lines_next(&lines), "# munin node at %127s", name) != 1)
        fail("no banner");
    send_words(&lines, "cap", "multigraph dirtyconfig");
    lines_next(&lines);
    send_words(&lines, "list", name);
    lines_next(&lines);
    for (int i = 0; i < count; i++) {
        send_words(&lines, "config", services[i]);
        lines_reply(&lines, &sum);
        send_words(&lines, "fetch", services[i]);
        values += lines_reply(&lines, &sum);
    }
    lines_send(&lines, "quit \n", 6);
    close(lines.fd);
    return values;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int cycles = argc > 4 ? atoi(argv[2]) : 0;
    if (cycles < 1) {
        fprintf(stderr, "usage: node-client PORT CYCLES tcp|quickack SERVICE...\n");
        return 2;
    }
    int64_t *taken = calloc((size_t)cycles, sizeof *taken), total = 0;
    size_t values = 0;
    for (int i = 0; i < cycles; i++) {
        int64_t start = now();
        values = cycle(atoi(argv[1]), strcmp(argv[3], "quickack") == 0, argv + 4, argc - 4);
        total += taken[i] = now() - start;
    }
    qsort(taken, (size_t)cycles, sizeof *taken, ascending);
    printf("{\"cycles\": %d, \"values\": %zu, \"median_ns\": %lld, \"min_ns\": %lld, \"mean_ns\": %lld}\n",
           cycles, values, (long long)taken[cycles / 2], (long long)taken[0], (long long)(total / cycles));
    free(taken);
    return 0;
}
