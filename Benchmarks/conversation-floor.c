/* What the conversation with many nodes costs at least: cap, list, config and fetch of every listed
 * service and quit, one node after another, values parsed and counted.
 *
 *   conversation-floor PORT NODES pipelined|serial
 *
 * Nodes are on consecutive ports. `pipelined` sends all requests of a node after its list in one
 * write; `serial` keeps one in flight, as munin-update does. Prints {"nodes", "values", "sum"}.  */
#define _GNU_SOURCE
#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t converse(int port, bool pipelined, double *sum)
{
    static struct lines lines;
    static char list[65536], requests[262144];
    char name[128];
    size_t values = 0, length = 0, replies = 0;

    lines_connect(&lines, port, false);
    if (sscanf(lines_next(&lines), "# munin node at %127s", name) != 1)
        fail("no banner");
    lines_send(&lines, "cap multigraph dirtyconfig\n", 27);
    lines_next(&lines);
    length = (size_t)snprintf(requests, sizeof requests, "list %s\n", name);
    lines_send(&lines, requests, length);
    strcpy(list, lines_next(&lines));   /* a line is shorter than the buffer it came from */
    length = 0;
    for (char *service = strtok(list, " "); service; service = strtok(NULL, " ")) {
        if (length + 2 * strlen(service) + 16 > sizeof requests)
            fail("the list is too long");
        if (pipelined) {
            length += (size_t)sprintf(requests + length, "config %s\nfetch %s\n", service, service);
            replies += 2;
            continue;
        }
        lines_send(&lines, requests, (size_t)sprintf(requests, "config %s\n", service));
        values += lines_reply(&lines, sum);
        lines_send(&lines, requests, (size_t)sprintf(requests, "fetch %s\n", service));
        values += lines_reply(&lines, sum);
    }
    lines_send(&lines, requests, length);
    while (replies-- > 0)
        values += lines_reply(&lines, sum);
    lines_send(&lines, "quit \n", 6);
    close(lines.fd);
    return values;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: conversation-floor PORT NODES pipelined|serial\n");
        return 2;
    }
    int port = atoi(argv[1]), nodes = atoi(argv[2]);
    size_t values = 0;
    double sum = 0;
    for (int i = 0; i < nodes; i++)
        values += converse(port + i, strcmp(argv[3], "pipelined") == 0, &sum);
    printf("{\"nodes\": %d, \"values\": %zu, \"sum\": %.0f}\n", nodes, values, sum);
    return 0;
}
