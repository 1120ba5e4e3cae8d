/*
 * What nobody can avoid who tells of web servers: one look at all processes, and the same files of theirs that
 * apus-node's web_processes reads, in plain C.
 *
 *     web-floor COUNT     makes COUNT looks; of the last it prints processes and PSS of each server
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 65536, SERVERS = 3 };

struct row {
    int pid, parent, server, tree;
    char state;
    unsigned long ticks, start, resident, threads;
};

static const char *const names[SERVERS] = { "apache", "nginx", "php_fpm" };
static const char *const programs[SERVERS] = { "apache2", "nginx", "php-fpm" };
static struct row rows[MOST];
static int count;
static char buffer[1 << 20];

static ssize_t read_file(int pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    ssize_t length = read(descriptor, buffer, sizeof buffer - 1);
    close(descriptor);
    if (length >= 0)
        buffer[length] = 0;
    return length;
}

static int server_of(const char *name)
{
    for (int server = 0; server < SERVERS; server++)
        if (strncmp(name, programs[server], strlen(programs[server])) == 0)
            return server;
    return -1;
}

static void take(int pid)
{
    if (count == MOST || read_file(pid, "stat") <= 0)
        return;
    char *open = strchr(buffer, '('), *end = strrchr(buffer, ')');
    if (!open || !end)
        return;
    *end = 0;
    struct row *row = &rows[count];
    unsigned long user, system, children_user, children_system, size;
    if (sscanf(end + 2, "%c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu %*d %*d %lu %*d %lu %lu %lu",
            &row->state, &row->parent, &user, &system, &children_user, &children_system, &row->threads,
            &row->start, &size, &row->resident) != 10 || size == 0)
        return;
    row->pid = pid;
    row->ticks = user + system + children_user + children_system;
    row->server = server_of(open + 1);
    row->tree = -1;
    count++;
}

static struct row *row_of(int pid)
{
    int low = 0, high = count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (rows[middle].pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && rows[low].pid == pid ? &rows[low] : NULL;
}

static int tree_of(struct row *row)
{
    for (int depth = 0; row && depth < 64; depth++) {
        if (row->server >= 0)
            return row->server;
        row = row_of(row->parent);
    }
    return -1;
}

static long kilobytes(const char *name)
{
    char *line = strstr(buffer, name);
    return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

static void look(bool tells)
{
    count = 0;
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    while ((entry = readdir(folder)))
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            take(atoi(entry->d_name));
    closedir(folder);
    long processes[SERVERS] = { 0 }, pss[SERVERS] = { 0 }, own[SERVERS] = { 0 };
    long most[SERVERS] = { 0 };
    int fullest[SERVERS] = { 0 };
    for (int i = 0; i < count; i++) {
        struct row *row = &rows[i];
        int server = tree_of(row);
        if (server < 0)
            continue;
        char path[64], target[4096];
        struct row *parent = row_of(row->parent);
        if (row->server >= 0 && !(parent && parent->server == server)) {
            snprintf(path, sizeof path, "/proc/%d/exe", row->pid);
            if (readlink(path, target, sizeof target) < 0)
                continue;
        }
        if (row->server > 0)
            read_file(row->pid, "cmdline");
        processes[server]++;
        if (read_file(row->pid, "smaps_rollup") > 0) {
            pss[server] += kilobytes("\nPss:");
            own[server] += kilobytes("\nPrivate_Clean:") + kilobytes("\nPrivate_Dirty:") + kilobytes("\nSwapPss:");
        }
        struct stat status;
        snprintf(path, sizeof path, "/proc/%d/fd", row->pid);
        if (stat(path, &status) == 0 && status.st_size >= most[server]) {
            most[server] = status.st_size;
            fullest[server] = row->pid;
        }
    }
    for (int server = 0; server < SERVERS; server++) {
        if (processes[server] == 0)
            continue;
        if (read_file(fullest[server], "limits") <= 0)
            continue;
        if (tells)
            printf("%s %ld %ld\n", names[server], processes[server], pss[server] * 1024);
    }
}

int main(int argc, char **argv)
{
    int looks = argc == 2 ? atoi(argv[1]) : 0;
    if (looks < 1) {
        fprintf(stderr, "usage: web-floor COUNT\n");
        return 2;
    }
    while (looks-- > 0)
        look(looks == 0);
    return 0;
}
