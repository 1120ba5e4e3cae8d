/* Many masters at once: whole cycles against one node over a number of connections, each with one request in
 * flight as munin-update has it, from one thread.
 *
 *   crowd PORT CONNECTIONS CYCLES serial|pipelined SERVICE...
 *
 * A connection that has ended its cycle begins the next one until CYCLES are done in all; `pipelined` sends a
 * cycle's requests in one write. Acknowledgements are not delayed. A cycle's latency runs from connect to the
 * node's closing after quit. Prints {"cycles", "seconds", "median_ns", "p99_ns", "max_ns", "least", "most"}, the
 * last two the fewest and the most cycles of a connection.  */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <time.h>

struct master {
    int fd, step, cycles;
    bool line_start, dot;       /* at the beginning of a line, behind a dot there */
    int64_t begun;
};

static int port, loop, requests;
static bool pipelined;
static char **request;          /* each with its line feed */
static char *together;
static int started, wanted, done;
static int64_t *taken;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "crowd: %s: %s, %d cycles done\n", what, errno ? strerror(errno) : "unexpected", done);
    exit(1);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* A reply is one line (the banner, cap, list) or ends with a line `.`. */
static bool is_one_line(int step) { return step < 3; }

static void begin(struct master *master)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = master };
    if (started == wanted)
        return;
    started++;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    master->begun = now();
    master->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (master->fd < 0)
        fail("socket");
    if (connect(master->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        fail("connect");
    int one = 1;
    setsockopt(master->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    master->step = 0;
    master->line_start = true;
    master->dot = false;
    if (epoll_ctl(loop, EPOLL_CTL_ADD, master->fd, &event) < 0)
        fail("epoll_ctl");
}

static void send_text(struct master *master, const char *text)
{
    ssize_t length = (ssize_t)strlen(text);
    if (write(master->fd, text, (size_t)length) != length)
        fail("write to the node");
}

static void answered(struct master *master)
{
    int step = master->step++;
    if (pipelined && step == 0)
        send_text(master, together);
    if (!pipelined && step < requests)
        send_text(master, request[step]);
}

static void take(struct master *master, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char byte = bytes[i];
        if (byte != '\n') {
            master->dot = master->line_start && byte == '.';
            master->line_start = false;
            continue;
        }
        bool whole = master->dot || is_one_line(master->step);
        master->dot = false;
        master->line_start = true;
        if (whole)
            answered(master);
    }
}

static void finish(struct master *master)
{
    if (master->step != requests) {
        errno = 0;
        fail("the node hung up");
    }
    close(master->fd);
    taken[done++] = now() - master->begun;
    master->cycles++;
    begin(master);
}

static void receive(struct master *master)
{
    static char bytes[65536];
    int one = 1;
    ssize_t count = read(master->fd, bytes, sizeof bytes);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count < 0)
        fail("read from the node");
    if (count == 0) {
        finish(master);
        return;
    }
    setsockopt(master->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
    take(master, bytes, (size_t)count);
}

/* cap, list, config and fetch of each, quit: as many as there are replies, the banner being the first. */
static void make_requests(char **services, int count)
{
    size_t size;
    FILE *text = open_memstream(&together, &size);
    request = calloc((size_t)(2 * count + 3), sizeof *request);
    request[requests++] = strdup("cap multigraph dirtyconfig\n");
    request[requests++] = strdup("list\n");
    for (int i = 0; i < count; i++)
        if (asprintf(&request[requests++], "config %s\n", services[i]) < 0
            || asprintf(&request[requests++], "fetch %s\n", services[i]) < 0)
            fail("memory");
    request[requests++] = strdup("quit\n");
    for (int i = 0; i < requests; i++)
        fputs(request[i], text);
    fclose(text);
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int count = argc > 5 ? atoi(argv[2]) : 0;
    if (count < 1 || (wanted = atoi(argv[3])) < count
        || (!(pipelined = strcmp(argv[4], "pipelined") == 0) && strcmp(argv[4], "serial") != 0)) {
        fprintf(stderr, "usage: crowd PORT CONNECTIONS CYCLES serial|pipelined SERVICE...\n");
        return 2;
    }
    port = atoi(argv[1]);
    make_requests(argv + 5, argc - 5);
    struct master *masters = calloc((size_t)count, sizeof *masters);
    taken = calloc((size_t)wanted, sizeof *taken);
    loop = epoll_create1(EPOLL_CLOEXEC);
    if (!masters || !taken || loop < 0)
        fail("start");
    int64_t start = now();
    for (int i = 0; i < count; i++)
        begin(&masters[i]);
    while (done < wanted) {
        struct epoll_event events[256];
        int ready = epoll_wait(loop, events, 256, 120000);
        if (ready == 0)
            fail("no answer within two minutes");
        for (int i = 0; i < ready; i++)
            receive(events[i].data.ptr);
    }
    int64_t end = now();
    int least = wanted, most = 0;
    for (int i = 0; i < count; i++) {
        least = masters[i].cycles < least ? masters[i].cycles : least;
        most = masters[i].cycles > most ? masters[i].cycles : most;
    }
    qsort(taken, (size_t)wanted, sizeof *taken, ascending);
    printf("{\"cycles\": %d, \"seconds\": %.6f, \"median_ns\": %lld, \"p99_ns\": %lld, \"max_ns\": %lld, "
           "\"least\": %d, \"most\": %d}\n", wanted, (double)(end - start) / 1e9, (long long)taken[wanted / 2],
           (long long)taken[(int)((int64_t)wanted * 99 / 100)], (long long)taken[wanted - 1], least, most);
    return 0;
}
