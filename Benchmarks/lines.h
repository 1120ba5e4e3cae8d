/* Shared by the clients: a munin conversation read line by line from a blocking socket. */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
    int fd;
    bool quickack;              /* ask for an immediate ACK after each read */
    size_t start, end;
    char buffer[65536];
};

/* Connects to 127.0.0.1; ends the program with a message when that fails. */
void lines_connect(struct lines *lines, int port, bool quickack);

/* The next line without its line feed, ended by a 0; valid until the next call. */
char *lines_next(struct lines *lines);

void lines_send(struct lines *lines, const char *text, size_t length);

/* Reads a reply up to its line "."; returns the number of values in it and adds them to *sum. */
size_t lines_reply(struct lines *lines, double *sum);

_Noreturn void fail(const char *what);

#endif
