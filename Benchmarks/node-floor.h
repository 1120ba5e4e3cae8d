/* What the two halves of node-floor share: the server, and what it looks up to answer a fetch. */
#ifndef NODE_FLOOR_H
#define NODE_FLOOR_H

#include <stddef.h>

struct text {                   /* bytes that grow, kept from one answer to the next */
    char *bytes;
    size_t count, room;
};

struct service {
    const char *name;
    void (*look)(void);         /* what the config needs to know of the machine, if anything */
    void (*values)(struct text *);
};

/* The service of this name, or NULL. */
const struct service *floor_service(const char *name);

/* Takes the file systems of df, fields and mount points, from the lines `FIELD.label POINT` of its config. */
void floor_take_mounts(const char *config);

void text_add(struct text *text, const char *bytes, size_t count);

_Noreturn void die(const char *what);

#endif
