#define _GNU_SOURCE
#include "lines.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void fail(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
            errno ? strerror(errno) : "unexpected");
    exit(1);
}

/* The option does not last: the kernel leaves this mode by itself. */
static void acknowledge_now(struct lines *lines)
{
    int one = 1;
    if (lines->quickack)
        setsockopt(lines->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

void lines_connect(struct lines *lines, int port, bool quickack)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    lines->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    lines->quickack = quickack;
    lines->start = lines->end = 0;
    if (lines->fd < 0 || connect(lines->fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    acknowledge_now(lines);
}

char *lines_next(struct lines *lines)
{
    size_t searched = lines->start;
    for (;;) {
        char *feed = memchr(lines->buffer + searched, '\n', lines->end - searched);
        if (feed) {
            char *line = lines->buffer + lines->start;
            *feed = 0;
            lines->start = (size_t)(feed - lines->buffer) + 1;
            return line;
        }
        if (lines->start > 0) {
            memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
            lines->end -= lines->start;
            lines->start = 0;
        }
        searched = lines->end;
        errno = 0;
        ssize_t count = lines->end < sizeof lines->buffer
            ? read(lines->fd, lines->buffer + lines->end, sizeof lines->buffer - lines->end) : 0;
        if (count <= 0)
            fail("no whole line from the node");
        acknowledge_now(lines);
        lines->end += (size_t)count;
    }
}

void lines_send(struct lines *lines, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t count = write(lines->fd, text, length);
        if (count < 0)
            fail("write to the node");
        text += count;
        length -= (size_t)count;
    }
}

size_t lines_reply(struct lines *lines, double *sum)
{
    size_t values = 0;
    for (;;) {
        char *line = lines_next(lines);
        if (line[0] == '.' && line[1] == 0)
            return values;
        char *value = strstr(line, ".value ");
        if (!value)
            continue;
        char *colon = strchr(value + 7, ':');
        *sum += strtod(colon ? colon + 1 : value + 7, NULL);
        values++;
    }
}
