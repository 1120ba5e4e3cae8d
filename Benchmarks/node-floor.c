/* What a munin node costs at least: one thread, epoll, no more system calls than the work needs.
 *
 *   node-floor NAME FOLDER reads|memory SERVICE...
 *
 * Prints `ready PORT` when it listens on 127.0.0.1. FOLDER holds a node's recorded answers, NAME.config and
 * NAME.fetch of each service with their closing dots. `reads` makes for every question the looks at the
 * machine that apus-node makes, writes the values it found, and the recorded text of a config; `memory`
 * writes what was recorded and looks at nothing. Commands may be pipelined.  */
#define _GNU_SOURCE
#include "node-floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { longest_input = 65536 };

struct connection {
    int fd;
    size_t have;
    char input[longest_input];
};

struct answers {
    const struct service *service;
    struct text config, fetch;
};

static struct answers *offered;
static int offered_count;
static bool looking;
static const char *node_name;
static struct text reply, list;

_Noreturn void die(const char *what)
{
    fprintf(stderr, "node-floor: %s: %s\n", what, errno ? strerror(errno) : "not as expected");
    exit(1);
}

void text_add(struct text *text, const char *bytes, size_t count)
{
    if (text->count + count > text->room) {
        text->room = 2 * (text->count + count) + 4096;
        text->bytes = realloc(text->bytes, text->room);
        if (!text->bytes)
            die("memory");
    }
    memcpy(text->bytes + text->count, bytes, count);
    text->count += count;
}

static void add(struct text *text, const char *string) { text_add(text, string, strlen(string)); }

static struct text recorded(const char *folder, const char *name, const char *kind)
{
    char path[4096], bytes[4096];
    struct text text = { 0 };
    size_t count;
    snprintf(path, sizeof path, "%s/%s.%s", folder, name, kind);
    FILE *file = fopen(path, "r");
    if (!file)
        die(path);
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        text_add(&text, bytes, count);
    fclose(file);
    if (text.count < 2 || memcmp(text.bytes + text.count - 2, ".\n", 2) != 0)
        die(path);
    return text;
}

static void offer(const char *folder, const char *name)
{
    struct answers *answers = &offered[offered_count++];
    answers->service = floor_service(name);
    if (looking && !answers->service)
        die(name);
    answers->config = recorded(folder, name, "config");
    answers->fetch = recorded(folder, name, "fetch");
    if (looking && strcmp(name, "df") == 0) {
        struct text config = answers->config;
        text_add(&config, "", 1);
        floor_take_mounts(config.bytes);
    }
    add(&list, offered_count > 1 ? " " : "");
    add(&list, name);
}

static const char *const *names;

static const struct answers *find(const char *name, size_t length)
{
    for (int i = 0; i < offered_count; i++)
        if (strncmp(names[i], name, length) == 0 && names[i][length] == 0)
            return &offered[i];
    return NULL;
}

static void answer(const char *name, size_t length, bool config)
{
    const struct answers *found = find(name, length);
    if (!found) {
        add(&reply, "# Unknown service\n.\n");
        return;
    }
    if (config) {
        if (looking && found->service->look)
            found->service->look();
        text_add(&reply, found->config.bytes, found->config.count);
    } else if (looking) {
        found->service->values(&reply);
        text_add(&reply, ".\n", 2);
    } else {
        text_add(&reply, found->fetch.bytes, found->fetch.count);
    }
}

/* Appends the answer to a line; false after quit. */
static bool obey(const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r'))
        length--;
    if (length > 6 && memcmp(line, "fetch ", 6) == 0)
        answer(line + 6, length - 6, false);
    else if (length > 7 && memcmp(line, "config ", 7) == 0)
        answer(line + 7, length - 7, true);
    else if (length >= 4 && memcmp(line, "list", 4) == 0)
        text_add(&reply, list.bytes, list.count);
    else if (length >= 3 && memcmp(line, "cap", 3) == 0)
        add(&reply, "cap multigraph dirtyconfig\n");
    else if (length == 5 && memcmp(line, "nodes", 5) == 0) {
        add(&reply, node_name);
        add(&reply, "\n.\n");
    } else if (length >= 7 && memcmp(line, "version", 7) == 0)
        add(&reply, "munins node on floor version: 1\n");
    else if (length == 4 && memcmp(line, "quit", 4) == 0)
        return false;
    else
        add(&reply, "# Unknown command. Try cap, list, nodes, config, fetch, version or quit\n");
    return true;
}

/* The peers of a measurement read what they ask for: waiting for them here starves nobody. */
static bool flush(int fd)
{
    for (size_t sent = 0; sent < reply.count; ) {
        ssize_t count = write(fd, reply.bytes + sent, reply.count - sent);
        if (count < 0 && errno != EAGAIN)
            return false;
        sent += count > 0 ? (size_t)count : 0;
    }
    reply.count = 0;
    return true;
}

static bool receive(struct connection *from)
{
    ssize_t count = read(from->fd, from->input + from->have, sizeof from->input - from->have);
    if (count <= 0)
        return count < 0 && errno == EAGAIN;
    from->have += (size_t)count;
    char *start = from->input, *end = from->input + from->have, *feed;
    bool staying = true;
    while (staying && (feed = memchr(start, '\n', (size_t)(end - start)))) {
        staying = obey(start, (size_t)(feed - start));
        start = feed + 1;
    }
    from->have = (size_t)(end - start);
    memmove(from->input, start, from->have);
    return flush(from->fd) && staying && from->have < sizeof from->input;
}

static void greet(int loop, int listener)
{
    int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct connection *connection = malloc(sizeof *connection);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    if (!connection || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0)
        die("connection");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection->fd = fd;
    connection->have = 0;
    add(&reply, "# munin node at ");
    add(&reply, node_name);
    add(&reply, "\n");
    if (!flush(fd)) {
        close(fd);
        free(connection);
    }
}

static int open_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 1024) < 0
        || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        die("listen");
    printf("ready %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc < 5 || (strcmp(argv[3], "reads") != 0 && strcmp(argv[3], "memory") != 0)) {
        fprintf(stderr, "usage: node-floor NAME FOLDER reads|memory SERVICE...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    node_name = argv[1];
    looking = strcmp(argv[3], "reads") == 0;
    names = (const char *const *)argv + 4;
    offered = calloc((size_t)argc, sizeof *offered);
    for (int i = 4; i < argc; i++)
        offer(argv[2], argv[i]);
    add(&list, "\n");

    int loop = epoll_create1(EPOLL_CLOEXEC), listener = open_port();
    struct epoll_event events[64] = { { .events = EPOLLIN, .data.ptr = NULL } };
    if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, listener, events) < 0)
        die("epoll");
    for (;;) {
        int count = epoll_wait(loop, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!connection)
                greet(loop, listener);
            else if (!receive(connection)) {
                close(connection->fd);
                free(connection);
            }
        }
    }
}
