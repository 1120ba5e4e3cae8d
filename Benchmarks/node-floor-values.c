/* The looks at the machine behind 15 services, each with the same open, read and close calls that apus-node
 * makes for it, and the same lines made of them.  */
#define _GNU_SOURCE
#include "node-floor.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

static char file[1 << 20];      /* the file read last, ended by a 0 */
static size_t file_size;

/* Reads to the end; false when there is no such file or it has nothing to say. A record (a file of a process
 * or of sysfs) comes whole with the first read. */
static bool look_at(const char *path, bool record)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t count;
    file_size = 0;
    while ((count = read(fd, file + file_size, sizeof file - 1 - file_size)) > 0) {
        file_size += (size_t)count;
        if (record)
            break;
    }
    close(fd);
    file[file_size] = 0;
    return count >= 0;
}

static void need(const char *path)
{
    if (!look_at(path, false))
        die(path);
}

static uint64_t number(const char **at)
{
    uint64_t value = 0;
    while (**at == ' ' || **at == '\t')
        ++*at;
    while (isdigit((unsigned char)**at))
        value = 10 * value + (uint64_t)(*(*at)++ - '0');
    return value;
}

static void say(struct text *text, const char *field, uint64_t value)
{
    char digits[20];
    int count = 0;
    do
        digits[sizeof digits - 1 - count++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    text_add(text, field, strlen(field));
    text_add(text, ".value ", 7);
    text_add(text, digits + sizeof digits - count, (size_t)count);
    text_add(text, "\n", 1);
}

/* The number behind a line's first word, which includes the blank. */
static uint64_t line_number(const char *word)
{
    size_t length = strlen(word);
    for (const char *line = file; *line; ) {
        if (memcmp(line, word, length) == 0) {
            line += length;
            return number(&line);
        }
        const char *end = strchr(line, '\n');
        if (!end)
            break;
        line = end + 1;
    }
    die(word);
}

static void look_at_stat(void)
{
    need("/proc/stat");
    int cpus = 0;
    for (const char *line = file; strncmp(line, "cpu", 3) == 0; line = strchr(line, '\n') + 1)
        cpus++;
    if (cpus < 2)
        die("/proc/stat");
}

static void cpu(struct text *text)
{
    static const char *const fields[] =
        { "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest" };
    need("/proc/stat");
    const char *at = file + 4;
    for (int i = 0; i < 9; i++)
        say(text, fields[i], number(&at));
}

static void load(struct text *text)
{
    need("/proc/loadavg");
    const char *word = strchr(file, ' ');
    const char *end = word ? strchr(word + 1, ' ') : NULL;
    if (!end)
        die("/proc/loadavg");
    text_add(text, "load.value ", 11);
    text_add(text, word + 1, (size_t)(end - word - 1));
    text_add(text, "\n", 1);
}

enum { total, unused, buffers, cached, swap_cached, active, inactive, swap_total, swap_free, mapped, slab,
       page_tables, percpu, shmem, vmalloc, committed, memory_lines };

static uint64_t memory_bytes[memory_lines];

/* Whether the kernel merges equal pages. */
static bool look_at_merging(void) { return look_at("/sys/kernel/mm/ksm/run", false) && file[0] != '0'; }

/* /proc/meminfo into memory_bytes; returns whether pages are merged. */
static bool read_memory(void)
{
    static const char *const names[memory_lines] = {
        "MemTotal:", "MemFree:", "Buffers:", "Cached:", "SwapCached:", "Active:", "Inactive:", "SwapTotal:",
        "SwapFree:", "Mapped:", "Slab:", "PageTables:", "Percpu:", "Shmem:", "VmallocUsed:", "Committed_AS:" };
    static size_t lengths[memory_lines];
    need("/proc/meminfo");
    for (int i = 0; i < memory_lines; i++)
        lengths[i] = strlen(names[i]);
    for (const char *line = file; *line; line = strchr(line, '\n') + 1)
        for (int i = 0; i < memory_lines; i++)
            if (line[0] == names[i][0] && memcmp(line, names[i], lengths[i]) == 0) {
                const char *at = line + lengths[i];
                memory_bytes[i] = number(&at) * 1024;
                break;
            }
    return look_at_merging();
}

static void look_at_memory(void) { read_memory(); }

static void memory(struct text *text)
{
    static const int others[] = { unused, buffers, cached, slab, page_tables, percpu, swap_cached };
    bool merging = read_memory();
    const uint64_t *bytes = memory_bytes;
    uint64_t apps = bytes[total];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        apps -= apps > bytes[others[i]] ? bytes[others[i]] : apps;
    say(text, "apps", apps);
    say(text, "page_tables", bytes[page_tables]);
    say(text, "per_cpu", bytes[percpu]);
    say(text, "swap_cache", bytes[swap_cached]);
    say(text, "slab", bytes[slab]);
    say(text, "shmem", bytes[shmem]);
    say(text, "cached", bytes[cached] - bytes[shmem]);
    say(text, "buffers", bytes[buffers]);
    say(text, "free", bytes[unused]);
    say(text, "swap", bytes[swap_total] - bytes[swap_free]);
    say(text, "vmalloc_used", bytes[vmalloc]);
    say(text, "committed", bytes[committed]);
    say(text, "mapped", bytes[mapped]);
    say(text, "active", bytes[active]);
    say(text, "inactive", bytes[inactive]);
    if (merging && look_at("/sys/kernel/mm/ksm/pages_sharing", false)) {
        const char *at = file;
        say(text, "ksm_sharing", number(&at) * (uint64_t)sysconf(_SC_PAGESIZE));
    }
}

static void swap(struct text *text)
{
    need("/proc/vmstat");
    say(text, "swap_in", line_number("pswpin "));
    say(text, "swap_out", line_number("pswpout "));
}

static void uptime(struct text *text)
{
    char line[64];
    need("/proc/uptime");
    int count = snprintf(line, sizeof line, "uptime.value %.2f\n", strtod(file, NULL) / 86400);
    text_add(text, line, (size_t)count);
}

static void interrupts(struct text *text)
{
    need("/proc/stat");
    say(text, "intr", line_number("intr "));
    say(text, "ctx", line_number("ctxt "));
}

static void forks(struct text *text)
{
    need("/proc/stat");
    say(text, "forks", line_number("processes "));
}

static void entropy(struct text *text)
{
    need("/proc/sys/kernel/random/entropy_avail");
    const char *at = file;
    say(text, "entropy", number(&at));
}

static void look_at_files(void) { need("/proc/sys/fs/file-nr"); }

static void open_files(struct text *text)
{
    look_at_files();
    const char *at = file;
    uint64_t allocated = number(&at), left = number(&at);
    say(text, "used", allocated - left);
}

static void open_inodes(struct text *text)
{
    need("/proc/sys/fs/inode-nr");
    const char *at = file;
    uint64_t all = number(&at), left = number(&at);
    say(text, "used", all - left);
    say(text, "max", all);
}

static void look_at_speed(void) { look_at("/sys/class/net/lo/speed", true); }

static void if_lo(struct text *text)
{
    static const char *const counters[2][2] = { { "down", "rx" }, { "up", "tx" } };
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "/sys/class/net/lo/statistics/%s_bytes", counters[i][1]);
        if (!look_at(path, true))
            die(path);
        const char *at = file;
        say(text, counters[i][0], number(&at));
    }
}

static struct mount { char *field, *point; } *mounts;
static size_t mount_count;
static char *mount_table;       /* /proc/self/mountinfo when the mounts were taken */

void floor_take_mounts(const char *config)
{
    for (const char *line = config; *line; line = strchr(line, '\n') + 1) {
        const char *label = strstr(line, ".label "), *end = strchr(line, '\n');
        if (!label || label > end)
            continue;
        mounts = realloc(mounts, (mount_count + 1) * sizeof *mounts);
        mounts[mount_count++] = (struct mount){ strndup(line, (size_t)(label - line)),
                                                strndup(label + 7, (size_t)(end - label - 7)) };
    }
    need("/proc/self/mountinfo");
    mount_table = strdup(file);
}

/* Room of each, in percent; without a text only the look. */
static void room(struct text *text)
{
    need("/proc/self/mountinfo");
    if (strcmp(file, mount_table) != 0)
        die("the mounts have changed since df's config was recorded");
    for (size_t i = 0; i < mount_count; i++) {
        struct statvfs use;
        char line[256];
        if (statvfs(mounts[i].point, &use) < 0)
            die(mounts[i].point);
        double used = (double)(use.f_blocks - use.f_bfree), left = (double)use.f_bavail;
        if (!text)
            continue;
        int count = snprintf(line, sizeof line, "%s.value %.15g\n", mounts[i].field,
                             used > 0 ? used / (used + left) * 100 : 0);
        text_add(text, line, (size_t)count);
    }
}

static void look_at_room(void) { room(NULL); }

/* One look at all processes serves three services for a second, as in apus-node. */
static struct { uint64_t all, threads, high, low, locked, states[26]; struct timespec time; bool has_locked; } counts;

static bool has_locked_memory(const char *process)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/status", process);
    if (!look_at(path, true))
        return false;
    const char *line = strstr(file, "\nVmLck:");
    if (!line)
        return false;
    line += 7;
    return number(&line) > 0;
}

static void count_process(const char *name, bool locked)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/stat", name);
    if (!look_at(path, true))
        return;                 /* it has ended meanwhile */
    const char *at = strrchr(file, ')');
    if (!at)
        die(path);
    unsigned state = (unsigned)(at[2] - 'A');
    at += 3;
    for (int skipped = 0; skipped < 15; skipped++)
        at = strchr(at + 1, ' ');
    long nice = strtol(at, (char **)&at, 10);
    counts.all++;
    counts.threads += number(&at);
    counts.high += nice < 0;
    counts.low += nice > 0;
    if (state < 26)
        counts.states[state]++;
    number(&at);
    number(&at);
    if (locked && number(&at) > 0)
        counts.locked += has_locked_memory(name);
}

static void count_processes(bool locked)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    double age = (double)(now.tv_sec - counts.time.tv_sec) + (double)(now.tv_nsec - counts.time.tv_nsec) / 1e9;
    if (counts.all > 0 && age <= 1 && (!locked || counts.has_locked))
        return;
    memset(&counts, 0, sizeof counts);
    DIR *folder = opendir("/proc");
    if (!folder)
        die("/proc");
    for (struct dirent *entry; (entry = readdir(folder)); )
        if (isdigit((unsigned char)entry->d_name[0]))
            count_process(entry->d_name, locked);
    closedir(folder);
    counts.time = now;
    counts.has_locked = locked;
}

static void processes(struct text *text)
{
    static const struct { const char *field, letter; } states[] = {
        { "sleeping", 'S' }, { "idle", 'I' }, { "stopped", 'T' }, { "zombie", 'Z' }, { "dead", 'X' },
        { "paging", 'W' }, { "uninterruptible", 'D' }, { "runnable", 'R' } };
    count_processes(false);
    say(text, "processes", counts.all);
    for (int i = 0; i < 8; i++)
        say(text, states[i].field, counts.states[states[i].letter - 'A']);
}

static void threads(struct text *text)
{
    count_processes(false);
    say(text, "threads", counts.threads);
}

static void proc_pri(struct text *text)
{
    count_processes(true);
    say(text, "high", counts.high);
    say(text, "low", counts.low);
    say(text, "locked", counts.locked);
}

static const struct service services[] = {
    { "cpu", look_at_stat, cpu }, { "load", NULL, load }, { "memory", look_at_memory, memory },
    { "swap", NULL, swap }, { "uptime", NULL, uptime }, { "interrupts", NULL, interrupts },
    { "forks", NULL, forks }, { "entropy", NULL, entropy }, { "open_files", look_at_files, open_files },
    { "open_inodes", NULL, open_inodes }, { "if_lo", look_at_speed, if_lo }, { "df", look_at_room, room },
    { "processes", NULL, processes }, { "threads", NULL, threads }, { "proc_pri", NULL, proc_pri },
};

const struct service *floor_service(const char *name)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    return NULL;
}
