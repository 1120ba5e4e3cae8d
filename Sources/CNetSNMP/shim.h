// net-snmp. Its headers want the types of select(2) first.
#include <sys/select.h>
#include <sys/time.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>

// What Swift cannot import: macros made of other macros or of casts.
enum {
  CNETSNMP_GET = SNMP_MSG_GET,
  CNETSNMP_GETNEXT = SNMP_MSG_GETNEXT,
  CNETSNMP_RESPONSE = SNMP_MSG_RESPONSE,
  CNETSNMP_REPORT = SNMP_MSG_REPORT,
  CNETSNMP_AES192_CISCO = USM_CREATE_USER_PRIV_AES192_CISCO,
  CNETSNMP_AES256_CISCO = USM_CREATE_USER_PRIV_AES256_CISCO,
  CNETSNMP_AES192 = USM_CREATE_USER_PRIV_AES192,
  CNETSNMP_AES256 = USM_CREATE_USER_PRIV_AES256,
};
