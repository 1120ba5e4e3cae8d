// A crowd of UPSs with network cards: an SNMP v2c agent on each of COUNT ports of 127.0.0.1, the last DEAD of which
// receive and never answer.
//
//   ups-agents COUNT DEAD
//
// Prints the ports on one line, then `ready PORT` with the first. On SIGUSR1 it prints `asked ALL FIRST`, the number of
// requests to live agents and to the first so far, then the last requests to the first, one a line, and `end`.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1000, KEPT = 16 };

// An object: its name and value in BER, the name without tag and length.
struct object {
  const char *text;
  unsigned char tag;
  const char *value;
  unsigned char name[32];
  int name_length;
};

// RFC 1628 of a UPS on line, in the order of the names.
static struct object objects[] = {
    {"1.3.6.1.2.1.1.2.0", 0x06, "\x2b\x06\x01\x02\x01\x21", {0}, 0},
    {"1.3.6.1.2.1.33.1.1.1.0", 0x04, "Example", {0}, 0},
    {"1.3.6.1.2.1.33.1.1.2.0", 0x04, "Example 1500", {0}, 0},
    {"1.3.6.1.2.1.33.1.1.3.0", 0x04, "UPS 9.1", {0}, 0},
    {"1.3.6.1.2.1.33.1.1.4.0", 0x04, "agent 2.0", {0}, 0},
    {"1.3.6.1.2.1.33.1.2.1.0", 0x02, "\x02", {0}, 0},
    {"1.3.6.1.2.1.33.1.2.2.0", 0x02, "", {0}, 0},
    {"1.3.6.1.2.1.33.1.2.3.0", 0x02, "\x2a", {0}, 0},
    {"1.3.6.1.2.1.33.1.2.4.0", 0x02, "\x64", {0}, 0},
    {"1.3.6.1.2.1.33.1.2.5.0", 0x02, "\x02\x23", {0}, 0},
    {"1.3.6.1.2.1.33.1.2.7.0", 0x02, "\x18", {0}, 0},
    {"1.3.6.1.2.1.33.1.3.1.0", 0x41, "\x03", {0}, 0},
    {"1.3.6.1.2.1.33.1.3.3.1.2.1", 0x02, "\x01\xf3", {0}, 0},
    {"1.3.6.1.2.1.33.1.3.3.1.3.1", 0x02, "\x01\x01", {0}, 0},
    {"1.3.6.1.2.1.33.1.4.1.0", 0x02, "\x03", {0}, 0},
    {"1.3.6.1.2.1.33.1.4.2.0", 0x02, "\x01\xf4", {0}, 0},
    {"1.3.6.1.2.1.33.1.4.4.1.2.1", 0x02, "\x01\x02", {0}, 0},
    {"1.3.6.1.2.1.33.1.4.4.1.3.1", 0x02, "\x0d", {0}, 0},
    {"1.3.6.1.2.1.33.1.4.4.1.4.1", 0x02, "\x01\x19", {0}, 0},
    {"1.3.6.1.2.1.33.1.4.4.1.5.1", 0x02, "\x25", {0}, 0},
    {"1.3.6.1.2.1.33.1.6.1.0", 0x42, "", {0}, 0},
    {"1.3.6.1.2.1.33.1.9.1.0", 0x02, "\x01\x01", {0}, 0},
    {"1.3.6.1.2.1.33.1.9.7.0", 0x02, "\x05", {0}, 0},
};
enum { OBJECTS = sizeof objects / sizeof *objects };

static volatile sig_atomic_t wanted;
static unsigned long answered;
static char asked[KEPT][4096];
static unsigned long asked_count;

static void encode_name(struct object *object) {
  const char *rest = object->text;
  unsigned long first = strtoul(rest, (char **)&rest, 10);
  unsigned long second = strtoul(rest + 1, (char **)&rest, 10);
  object->name[object->name_length++] = (unsigned char)(first * 40 + second);
  while (*rest == '.') {
    unsigned long number = strtoul(rest + 1, (char **)&rest, 10);
    if (number > 127) object->name[object->name_length++] = (unsigned char)(128 | number >> 7);
    object->name[object->name_length++] = (unsigned char)(number & 127);
  }
}

// Reads a tag and a length; the content's length, or -1.
static int header(const unsigned char *bytes, int end, int *position, unsigned char *tag) {
  if (*position + 2 > end) return -1;
  *tag = bytes[(*position)++];
  int length = bytes[(*position)++];
  if (length > 128) {
    int more = length - 128;
    length = 0;
    while (more-- > 0 && *position < end) length = length << 8 | bytes[(*position)++];
  }
  return length < 0 || *position + length > end ? -1 : length;
}

// Builds from the end to the front.
static unsigned char reply[65536];
static int start;

static void put(const void *bytes, int length) {
  start -= length;
  memcpy(reply + start, bytes, (size_t)length);
}

static void put_header(unsigned char tag, int length) {
  unsigned char bytes[4] = {tag, 0x82, (unsigned char)(length >> 8), (unsigned char)(length & 255)};
  if (length < 128) {
    bytes[1] = (unsigned char)length;
    put(bytes, 2);
  } else {
    put(bytes, 4);
  }
}

static void write_name(char **place, char *end, const unsigned char *name, int length) {
  *place += snprintf(*place, (size_t)(end - *place), "%s%d.%d", " ", name[0] / 40, name[0] % 40);
  unsigned long number = 0;
  for (int i = 1; i < length && *place < end - 16; i++) {
    number = number << 7 | (name[i] & 127);
    if (name[i] < 128) {
      *place += snprintf(*place, (size_t)(end - *place), ".%lu", number);
      number = 0;
    }
  }
}

static const struct object *find(const unsigned char *name, int length, int next) {
  for (int i = 0; i < OBJECTS; i++) {
    int shorter = length < objects[i].name_length ? length : objects[i].name_length;
    int order = memcmp(objects[i].name, name, (size_t)shorter);
    if (order == 0) order = objects[i].name_length - length;
    if (order == 0 && !next) return &objects[i];
    if (order > 0) return next ? &objects[i] : NULL;
  }
  return NULL;
}

// Answers a request in `reply`; the answer's length, or 0 for what is none.
static int answer(const unsigned char *bytes, int end, int is_first) {
  int position = 0;
  unsigned char tag, command;
  int length = header(bytes, end, &position, &tag);
  if (length < 0) return 0;
  const unsigned char *version_and_community = bytes + position;
  length = header(bytes, end, &position, &tag);  // version
  if (length < 0) return 0;
  position += length;
  length = header(bytes, end, &position, &tag);  // community
  if (length < 0) return 0;
  position += length;
  int opening = (int)(bytes + position - version_and_community);
  if (header(bytes, end, &position, &command) < 0) return 0;
  const unsigned char *request = bytes + position;
  length = header(bytes, end, &position, &tag);
  if (length < 0) return 0;
  position += length;
  int request_length = (int)(bytes + position - request);
  for (int i = 0; i < 2; i++) {  // status and index
    length = header(bytes, end, &position, &tag);
    if (length < 0) return 0;
    position += length;
  }
  if (header(bytes, end, &position, &tag) < 0) return 0;
  struct {
    int position, length;
  } names[256];
  int count = 0;
  while (position < end && count < 256) {
    length = header(bytes, end, &position, &tag);
    if (length < 0) return 0;
    int after = position + length;
    names[count].length = header(bytes, end, &position, &tag);
    if (names[count].length < 0) return 0;
    names[count++].position = position;
    position = after;
  }
  answered++;
  if (is_first) {
    char *line = asked[asked_count++ % KEPT], *place = line;
    place += snprintf(place, 4096, "%s", command == 0xa1 ? "next" : "get");
    for (int i = 0; i < count; i++)
      write_name(&place, line + 4096, bytes + names[i].position, names[i].length);
  }
  start = sizeof reply;
  for (int i = count - 1; i >= 0; i--) {
    const unsigned char *name = bytes + names[i].position;
    const struct object *found = find(name, names[i].length, command == 0xa1);
    int before = start;
    if (found) {
      // An empty value is the number 0.
      int size = (int)strlen(found->value);
      if (size == 0 && found->tag != 0x04) size = 1;
      put(found->value, size);
      put_header(found->tag, size);
      name = found->name;
      names[i].length = found->name_length;
    } else {
      put_header(command == 0xa1 ? 0x82 : 0x81, 0);
    }
    put(name, names[i].length);
    put_header(0x06, names[i].length);
    put_header(0x30, before - start);
  }
  put_header(0x30, (int)sizeof reply - start);
  put("\x02\x01\x00\x02\x01\x00", 6);
  put(request, request_length);
  put_header(0xa2, (int)sizeof reply - start);
  put(version_and_community, opening);
  put_header(0x30, (int)sizeof reply - start);
  return (int)sizeof reply - start;
}

static void want(int number) {
  (void)number;
  wanted = 1;
}

static void tell(void) {
  wanted = 0;
  printf("asked %lu %lu\n", answered, asked_count);
  for (unsigned long i = asked_count > KEPT ? asked_count - KEPT : 0; i < asked_count; i++)
    printf("%s\n", asked[i % KEPT]);
  printf("end\n");
  fflush(stdout);
}

int main(int argc, char **argv) {
  int count = argc == 3 ? atoi(argv[1]) : 0, dead = argc == 3 ? atoi(argv[2]) : 0;
  if (count < 1 || count > MOST || dead < 0 || dead > count) {
    fprintf(stderr, "usage: ups-agents COUNT DEAD, at most %d\n", MOST);
    return 2;
  }
  for (int i = 0; i < OBJECTS; i++) encode_name(&objects[i]);
  int poll = epoll_create1(0), sockets[MOST], first = 0;
  for (int i = 0; i < count; i++) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof own;
    sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (sockets[i] < 0 || bind(sockets[i], (void *)&own, size) != 0 ||
        getsockname(sockets[i], (void *)&own, &size) != 0) {
      perror("ups-agents: socket");
      return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, sockets[i], &event);
    if (i == 0) first = ntohs(own.sin_port);
    printf("%d%c", ntohs(own.sin_port), i == count - 1 ? '\n' : ' ');
  }
  struct sigaction action = {.sa_handler = want};
  sigaction(SIGUSR1, &action, NULL);
  printf("ready %d\n", first);
  fflush(stdout);
  for (;;) {
    struct epoll_event events[64];
    int ready = epoll_wait(poll, events, 64, -1);
    if (wanted) tell();
    for (int i = 0; i < ready; i++) {
      unsigned char bytes[65536];
      struct sockaddr_in peer;
      socklen_t size = sizeof peer;
      int agent = (int)events[i].data.u32;
      long length = recvfrom(sockets[agent], bytes, sizeof bytes, 0, (void *)&peer, &size);
      if (length <= 0 || agent >= count - dead) continue;
      int made = answer(bytes, (int)length, agent == 0);
      if (made > 0) sendto(sockets[agent], reply + start, (size_t)made, 0, (void *)&peer, size);
    }
  }
}
