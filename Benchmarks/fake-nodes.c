/* Many munin nodes in one process, each on a port of its own, answering from memory.
 *
 *   fake-nodes PORT NODES SERVICES FIELDS [STAMP [DEAD STALLED] [own] [hosts] [limits]]
 *
 * Prints `ready PORT` when all listen on 127.0.0.1, PORT and up (0: a free range is looked for). With `hosts` all listen on
 * one port and on addresses of their own, 127.1.0.1 to 127.1.0.250, 127.1.1.1 and so on: ports would not suffice for
 * thousands. With `own` each node's configs have words of their own, so that no two nodes have the same. With `limits` each field
 * has a warning and a critical range; values lie inside until the process gets SIGUSR1, and beyond both until it gets the next. Node
 * N is called nodeNNNN and offers svc00, svc01 and so on with fields f0, f1 and so on, of which the
 * last is a DERIVE. Values change with each fetch. With STAMP the first fetch of a service is stamped
 * with that time and each further one is 300 s later, so that every update closes one step of an RRD
 * file, as it does in the field, however quickly cycles follow each other. Commands may be pipelined.
 * Of the last nodes DEAD are dead: their ports take connections that nobody ever answers; and STALLED before them stop in the
 * middle of the reply to their third fetch. When all others have been told `quit` once more, prints `sound MILLISECONDS`, the
 * time since the first call.  */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { longest_input = 16384, range_start = 20000, range_end = 32000 };

struct endpoint {               /* a listener, or a connection with its two buffers */
    int fd, node;
    bool listening, leaving, waiting, mute;
    size_t have, made, sent, room;
    char *output;
    char input[];
};

static int nodes, services, fields, loop, dead, stalled;
static long stamp;
static bool own, hosts, limits;
static volatile sig_atomic_t alarms;    /* whether values are beyond the limits */
static bool tells, is_called;   /* whether cycles are told */
static int farewells;
static struct timespec first_call;
static uint32_t *fetched;       /* how often, by node and service */
static char **configs, *names;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static struct endpoint *watch(int fd, int node, bool listening)
{
    struct endpoint *endpoint = calloc(1, sizeof *endpoint + (listening ? 0 : longest_input));
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = endpoint };
    if (!endpoint)
        fail("memory");
    endpoint->fd = fd;
    endpoint->node = node;
    endpoint->listening = listening;
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
    return endpoint;
}

/* A bound socket, or -1 when the port is taken. */
static int bind_port(uint32_t host, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket");
    address.sin_addr.s_addr = htonl(host);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0)
        return fd;
    close(fd);
    return -1;
}

static uint32_t host_of(int node)
{
    return (uint32_t)(127 << 24 | 1 << 16 | (node / 250) << 8 | (node % 250 + 1));
}

/* Binds a whole range or nothing. */
static bool bind_range(int port, int *fds)
{
    for (int i = 0; i < nodes; i++)
        if ((fds[i] = hosts ? bind_port(host_of(i), port) : bind_port(INADDR_LOOPBACK, port + i)) < 0) {
            while (i-- > 0)
                close(fds[i]);
            return false;
        }
    return true;
}

static int open_ports(int port)
{
    int *fds = calloc((size_t)nodes, sizeof *fds);
    if (!fds)
        fail("memory");
    if (port > 0) {
        if (!bind_range(port, fds))
            fail("bind");
    } else {
        /* Below the ports the kernel gives to clients; each process begins somewhere else. */
        int tries = 100, room = range_end - range_start - (hosts ? 1 : nodes);
        do
            port = range_start + (int)((unsigned)getpid() * 613u + (unsigned)tries * 997u) % room;
        while (!bind_range(port, fds) && --tries > 0);
        if (tries == 0)
            fail("no free range of ports");
    }
    for (int i = 0; i < nodes; i++)
        watch(fds[i], i, true);
    free(fds);
    return port;
}

/* `node` stands where the words of a node of one's own would. */
static char *make_config(int service, const char *node)
{
    char *config;
    size_t size;
    FILE *text = open_memstream(&config, &size);
    fprintf(text, "graph_title Service %d of %s\ngraph_args --base 1000 -l 0\n"
            "graph_vlabel units per ${graph_period}\ngraph_category bench\n"
            "graph_info What %s says about itself.\n", service, node, node);
    for (int f = 0; f < fields; f++) {
        fprintf(text, "f%d.label field %d%s%s\nf%d.info Field %d of service %d.\n", f, f,
                own ? " of " : "", own ? node : "", f, f, service);
        if (f == fields - 1)
            fprintf(text, "f%d.type DERIVE\nf%d.min 0\n", f, f);
        if (limits)
            fprintf(text, "f%d.warning 0:2000\nf%d.critical -10:4000\n", f, f);
    }
    fputs(".\n", text);
    fclose(text);
    return config;
}

static void make_answers(void)
{
    size_t size;
    FILE *text = open_memstream(&names, &size);
    for (int s = 0; s < services; s++)
        fprintf(text, "%ssvc%02d", s ? " " : "", s);
    fputc('\n', text);
    fclose(text);
    configs = calloc((size_t)services, sizeof *configs);
    for (int s = 0; s < services; s++)
        configs[s] = make_config(s, "a fake node");
}

static void say(struct endpoint *to, const char *text, size_t length)
{
    if (to->made + length > to->room) {
        to->room = 2 * (to->made + length);
        to->output = realloc(to->output, to->room);
        if (!to->output)
            fail("memory");
    }
    memcpy(to->output + to->made, text, length);
    to->made += length;
}

/* Half a line; no more is ever said over this connection. */
static bool stalls(struct endpoint *to, int service)
{
    if (to->node < nodes - dead - stalled || to->node >= nodes - dead || service != 2)
        return false;
    say(to, "f0.val", 6);
    to->mute = true;
    return true;
}

static void say_values(struct endpoint *to, int service)
{
    if (stalls(to, service))
        return;
    uint32_t count = fetched[to->node * services + service]++;
    char line[96], when[32] = "";
    if (stamp)
        snprintf(when, sizeof when, "%ld:", stamp + 300L * count);
    for (int f = 0; f < fields; f++) {
        unsigned seed = count * 7u + (unsigned)(to->node * 13 + service * 3 + f);
        int length = f == fields - 1
            ? snprintf(line, sizeof line, "f%d.value %s%lu\n", f, when,
                       1000000ul + count * (alarms ? 30000000ul : 3000ul) + seed % 97u)
            : snprintf(line, sizeof line, "f%d.value %s%u.%02u\n", f, when,
                       seed % 1000u + (alarms ? 9000u : 0u), seed % 100u);
        say(to, line, (size_t)length);
    }
    say(to, ".\n", 2);
}

static void say_config(struct endpoint *to, int service)
{
    char node[32], *config = configs[service];
    if (own) {
        snprintf(node, sizeof node, "node%04d", to->node);
        config = make_config(service, node);
    }
    say(to, config, strlen(config));
    if (own)
        free(config);
}

/* A sound node was polled. */
static void count_farewell(int node)
{
    struct timespec now;
    if (node >= nodes - dead - stalled || ++farewells < nodes - dead - stalled)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("sound %.2f\n", (double)(now.tv_sec - first_call.tv_sec) * 1e3
           + (double)(now.tv_nsec - first_call.tv_nsec) / 1e6);
    fflush(stdout);
    farewells = 0;
    is_called = false;
}

static void obey(struct endpoint *from, const char *line)
{
    static const char unknown[] =
        "# Unknown command. Try cap, list, nodes, config, fetch, version or quit\n";
    int service = -1;
    if (strncmp(line, "fetch ", 6) == 0 && sscanf(line + 6, "svc%d", &service) == 1
        && service >= 0 && service < services)
        say_values(from, service);
    else if (strncmp(line, "config ", 7) == 0 && sscanf(line + 7, "svc%d", &service) == 1
             && service >= 0 && service < services)
        say_config(from, service);
    else if (strncmp(line, "config ", 7) == 0 || strncmp(line, "fetch ", 6) == 0)
        say(from, "# Unknown service\n.\n", 20);
    else if (strncmp(line, "list", 4) == 0)
        say(from, names, strlen(names));
    else if (strncmp(line, "cap", 3) == 0)
        say(from, "cap multigraph dirtyconfig\n", 27);
    else if (strncmp(line, "quit", 4) == 0) {
        from->leaving = true;
        if (tells)
            count_farewell(from->node);
    }
    else
        say(from, unknown, sizeof unknown - 1);
}

static void finish(struct endpoint *endpoint)
{
    close(endpoint->fd);
    free(endpoint->output);
    free(endpoint);
}

/* Writes what there is; false when the connection is over. Reading stops while the peer does not read. */
static bool flush(struct endpoint *to)
{
    while (to->sent < to->made) {
        ssize_t count = write(to->fd, to->output + to->sent, to->made - to->sent);
        if (count < 0 && errno != EAGAIN)
            return false;
        if (count < 0)
            break;
        to->sent += (size_t)count;
    }
    bool waiting = to->sent < to->made;
    struct epoll_event event = { .events = waiting ? EPOLLOUT : EPOLLIN, .data.ptr = to };
    if (waiting != to->waiting)
        epoll_ctl(loop, EPOLL_CTL_MOD, to->fd, &event);
    to->waiting = waiting;
    if (!waiting)
        to->made = to->sent = 0;
    return waiting || !to->leaving;
}

static bool receive(struct endpoint *from)
{
    ssize_t count = read(from->fd, from->input + from->have, longest_input - from->have);
    if (count <= 0)
        return count < 0 && errno == EAGAIN;
    from->have += (size_t)count;
    char *start = from->input, *end = from->input + from->have, *feed;
    if (from->mute) {
        from->have = 0;
        return true;
    }
    while (!from->leaving && !from->mute && (feed = memchr(start, '\n', (size_t)(end - start)))) {
        *feed = 0;
        obey(from, start);
        start = feed + 1;
    }
    from->have = (size_t)(end - start);
    memmove(from->input, start, from->have);
    return from->have < longest_input && flush(from);
}

static void greet(struct endpoint *listener)
{
    char banner[64];
    int one = 1, fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;                 /* the peer has left already */
    if (!is_called && listener->node < nodes - dead - stalled) {
        clock_gettime(CLOCK_MONOTONIC, &first_call);
        is_called = true;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct endpoint *endpoint = watch(fd, listener->node, false);
    if (endpoint->node >= nodes - dead) {
        endpoint->mute = true;
        return;
    }
    say(endpoint, banner,
        (size_t)snprintf(banner, sizeof banner, "# munin node at node%04d\n", listener->node));
    if (!flush(endpoint))
        finish(endpoint);
}

static void alarm_or_not(int signal)
{
    (void)signal;
    alarms = !alarms;
}

/* Whether a word is one of those that may stand at the end. */
static bool take(const char *word)
{
    bool *flag = strcmp(word, "own") == 0 ? &own : strcmp(word, "hosts") == 0 ? &hosts
        : strcmp(word, "limits") == 0 ? &limits : NULL;
    if (flag)
        *flag = true;
    return flag != NULL;
}

int main(int argc, char **argv)
{
    int words = argc;
    while (words > 6 && take(argv[words - 1]))
        words--;
    if (words < 5 || words > 8 || words == 7 || (nodes = atoi(argv[2])) < 1 || (services = atoi(argv[3])) < 1
        || (fields = atoi(argv[4])) < 1 || nodes > (hosts ? 62500 : range_end - range_start - 1)) {
        fprintf(stderr, "usage: fake-nodes PORT NODES SERVICES FIELDS [STAMP [DEAD STALLED] [own] [hosts] [limits]]\n");
        return 2;
    }
    stamp = words > 5 ? atol(argv[5]) : 0;
    tells = words > 7;
    dead = tells ? atoi(argv[6]) : 0;
    stalled = tells ? atoi(argv[7]) : 0;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, alarm_or_not);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    fetched = calloc((size_t)nodes * (size_t)services, sizeof *fetched);
    loop = epoll_create1(EPOLL_CLOEXEC);
    if (loop < 0 || !fetched)
        fail("start");
    make_answers();
    printf("ready %d\n", open_ports(atoi(argv[1])));
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(loop, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct endpoint *endpoint = events[i].data.ptr;
            if (endpoint->listening)
                greet(endpoint);
            else if (!(events[i].events & EPOLLOUT ? flush(endpoint) : receive(endpoint)))
                finish(endpoint);
        }
    }
}
