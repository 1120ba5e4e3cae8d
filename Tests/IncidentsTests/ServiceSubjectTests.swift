import Testing

@testable import Incidents

struct ServiceSubjectTests {
  @Test(arguments: [
    ("web_processes", "web server"), ("nginx_status", "web server"),
    ("apache_accesses", "web server"), ("phpfpm_status", "web server"),
    ("php_fpm_processes", "web server"),
    ("ntp_peers", "time daemon"), ("ntp_192_0_2_1", "time daemon"), ("ntp_", "time daemon"),
    ("chrony", "time daemon"), ("chrony_status", "time daemon"),
    ("mysql_queries", "MySQL"), ("postgres_size_ALL", "PostgreSQL"),
    ("redis_127.0.0.1_6379", "Redis"),
    ("snmp_switch1_if_2", "snmp_switch1"), ("snmp_ups1.example.com_ups", "snmp_ups1.example.com"),
    ("nutups_big_one_charge", "ups big_one"), ("ups_big_one", "ups big_one"),
    ("unbound_munin_hits", "name server"),
  ])
  func servicesOfOneDaemonShareASubject(service: String, subject: String) {
    #expect(ServiceSubject.of(service) == subject)
  }

  @Test(arguments: [
    "load", "memory", "df", "swap_usage", "snmp_", "snmp_x", "snmp__if", "nutups_x", "ntpd",
    "webx_y",
    "", "_", "php_x", "smart_sda",
  ])
  func anyOtherServiceIsItsOwn(service: String) { #expect(ServiceSubject.of(service) == nil) }
}
