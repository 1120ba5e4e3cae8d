/* What librrd itself costs: one rrd_update_r per series in a plain loop, over files in munin's layout.
 *
 *   rrd-floor create FOLDER NODES SERVICES FIELDS TIME      makes the files, their last update at TIME
 *   rrd-floor update FOLDER NODES SERVICES FIELDS TIME      gives each one value at TIME
 *   rrd-floor update12 FOLDER NODES SERVICES FIELDS TIME    gives each twelve values in one call, the first at TIME
 *
 * Files are FOLDER/bench/nodeNNNN-svcNN-fN-g.rrd with munin's archives for graph_data_size normal; the
 * last field of a service is a DERIVE (-d), as fake-nodes says. Prints {"updates": N}.  */
#define _GNU_SOURCE
#include <rrd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void fail(const char *path)
{
    fprintf(stderr, "rrd-floor: %s: %s\n", path, rrd_get_error());
    exit(1);
}

static void create(const char *path, bool counter, long time)
{
    static const char *const archives[] = { "1:576", "6:432", "24:540", "288:450" };
    static const char *const functions[] = { "AVERAGE", "MIN", "MAX" };
    char text[13][48];
    const char *arguments[13];
    int count = 0;

    snprintf(text[count], sizeof *text, counter ? "DS:42:DERIVE:600:0:U" : "DS:42:GAUGE:600:U:U");
    arguments[count] = text[count];
    for (int i = 0; i < 12; i++) {
        count++;
        snprintf(text[count], sizeof *text, "RRA:%s:0.5:%s", functions[i % 3], archives[i / 3]);
        arguments[count] = text[count];
    }
    if (rrd_create_r(path, 300, time, 13, arguments) < 0)
        fail(path);
}

static void update(const char *path, bool counter, long time, long i, int values)
{
    char text[12][64];
    const char *arguments[12];

    for (int k = 0; k < values; k++, time += 300) {
        if (counter)
            snprintf(text[k], sizeof *text, "%ld:%ld", time, time + i);
        else
            snprintf(text[k], sizeof *text, "%ld:%ld.25", time, (time / 300 + i) % 1000);
        arguments[k] = text[k];
    }
    if (rrd_update_r(path, NULL, values, arguments) < 0)
        fail(path);
}

int main(int argc, char **argv)
{
    bool creating = argc == 7 && strcmp(argv[1], "create") == 0;
    bool many = argc == 7 && strcmp(argv[1], "update12") == 0;
    if (argc != 7 || (!creating && !many && strcmp(argv[1], "update") != 0)) {
        fprintf(stderr, "usage: rrd-floor create|update|update12 FOLDER NODES SERVICES FIELDS TIME\n");
        return 2;
    }
    int nodes = atoi(argv[3]), services = atoi(argv[4]), fields = atoi(argv[5]);
    long time = atol(argv[6]), updates = 0;
    char path[4096];

    snprintf(path, sizeof path, "%s/bench", argv[2]);
    if (creating)
        mkdir(path, 0777);
    for (int node = 0; node < nodes; node++)
        for (int service = 0; service < services; service++)
            for (int field = 0; field < fields; field++) {
                bool counter = field == fields - 1;
                snprintf(path, sizeof path, "%s/bench/node%04d-svc%02d-f%d-%c.rrd", argv[2], node,
                         service, field, counter ? 'd' : 'g');
                if (creating)
                    create(path, counter, time);
                else
                    update(path, counter, time, updates, many ? 12 : 1);
                updates++;
            }
    printf("{\"updates\": %ld}\n", updates);
    return 0;
}
