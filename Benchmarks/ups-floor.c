// What net-snmp itself costs: asks agents as snmpget and snmpgetnext do, by the library's own synchronous calls.
//
//   ups-floor kept|opened ROUNDS PORTS REQUEST...
//
// PORTS are those of v2c agents on 127.0.0.1, with commas; a REQUEST is `get OID...` or `next OID...`, one word. In
// each round every agent gets every request: on a session that stays open, or on one opened for it and closed.
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

enum { MOST = 1000 };

static void *opened(const char *port) {
  netsnmp_session wish;
  char peer[64];
  snprintf(peer, sizeof peer, "udp:127.0.0.1:%s", port);
  snmp_sess_init(&wish);
  wish.version = SNMP_VERSION_2c;
  wish.peername = peer;
  wish.community = (unsigned char *)"public";
  wish.community_len = 6;
  return snmp_sess_open(&wish);
}

static void ask(void *session, const char *request) {
  char words[8192];
  snprintf(words, sizeof words, "%s", request);
  char *rest = NULL, *word = strtok_r(words, " ", &rest);
  netsnmp_pdu *response = NULL;
  netsnmp_pdu *pdu = snmp_pdu_create(strcmp(word, "next") == 0 ? SNMP_MSG_GETNEXT : SNMP_MSG_GET);
  while ((word = strtok_r(NULL, " ", &rest))) {
    oid name[MAX_OID_LEN];
    size_t length = MAX_OID_LEN;
    if (!read_objid(word, name, &length)) exit(2);
    snmp_add_null_var(pdu, name, length);
  }
  if (snmp_sess_synch_response(session, pdu, &response) != STAT_SUCCESS ||
      response->errstat != SNMP_ERR_NOERROR) {
    fprintf(stderr, "ups-floor: no answer to %s\n", request);
    exit(1);
  }
  snmp_free_pdu(response);
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: ups-floor kept|opened ROUNDS PORTS REQUEST...\n");
    return 2;
  }
  int kept = strcmp(argv[1], "kept") == 0, rounds = atoi(argv[2]), count = 0;
  const char *ports[MOST];
  void *sessions[MOST];
  setenv("MIBS", "", 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
  init_snmp("ups-floor");
  for (char *port = strtok(argv[3], ","); port && count < MOST; port = strtok(NULL, ",")) {
    ports[count] = port;
    if (kept && !(sessions[count] = opened(port))) return 1;
    count++;
  }
  for (int round = 0; round < rounds; round++) {
    for (int agent = 0; agent < count; agent++) {
      void *session = kept ? sessions[agent] : opened(ports[agent]);
      if (!session) return 1;
      for (int request = 4; request < argc; request++) ask(session, argv[request]);
      if (!kept) snmp_sess_close(session);
    }
  }
  return 0;
}
