// libevent: the loop for EventLoop, evhttp for HTTP. The link library event_extra is named by HTTP alone.
// fd_set comes first: libevent's feature macros would change its members, and Swift refuses two forms of it.
#include <sys/select.h>
#include <event2/event.h>
#include <event2/util.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
