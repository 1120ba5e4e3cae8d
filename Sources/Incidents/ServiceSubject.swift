/// What services are about, as far as their names tell: services of a node with one subject fail together when that is gone.
public enum ServiceSubject {
  /// Services that several plugins of munin have for one subject; a name ends with `_` where more follows.
  private static let families: [(subject: String, services: [String])] = [
    (
      "web server",
      [
        "web_processes", "apache_", "nginx_", "lighttpd_", "phpfpm_", "php_fpm_", "http_load_",
      ]
    ),
    ("time daemon", ["ntp_", "chrony", "chrony_", "timesync"]),
    ("MySQL", ["mysql_", "mysql", "mariadb_"]),
    ("PostgreSQL", ["postgres_", "pgbouncer_"]),
    ("MongoDB", ["mongo_", "mongodb_"]),
    ("Redis", ["redis_"]),
    ("memcached", ["memcached_"]),
    ("Varnish", ["varnish_", "varnish4_"]),
    ("Squid", ["squid_"]),
    ("HAProxy", ["haproxy_"]),
    ("name server", ["bind9", "bind9_rndc", "named", "unbound_munin_", "nsd3"]),
    ("Asterisk", ["asterisk_"]),
    ("Tomcat", ["tomcat_", "tomcat_access"]),
  ]

  private static let names: [String: String] = {
    var names: [String: String] = [:]
    for (subject, services) in families { for service in services { names[service] = subject } }
    return names
  }()

  /// - Parameter service: as a node lists it, such as `snmp_switch1_if_2`.
  /// - Returns: `nil` for a service that is its own subject.
  public static func of(_ service: String) -> String? {
    if let subject = names[service] { return subject }
    guard let end = service.utf8.firstIndex(of: UInt8(ascii: "_")) else { return nil }
    let rest = service.utf8.index(after: end)
    switch service[..<end] {
    case "snmp":
      // snmp_HOST_WHAT: the name of a host has no underscore.
      guard let next = service.utf8[rest...].firstIndex(of: UInt8(ascii: "_")), next > rest else {
        return nil
      }
      return String(service[..<next])
    case "nutups", "nutups2":
      // nutups_UPS_WHAT: the name of a UPS may have one.
      guard let last = service.utf8.lastIndex(of: UInt8(ascii: "_")), last > rest else {
        return nil
      }
      return "ups " + service[rest..<last]
    case "ups": return "ups " + service[rest...]
    default:
      // Two words at most stand before the part that differs.
      if let subject = names[String(service[..<rest])] { return subject }
      return service.utf8[rest...].firstIndex(of: UInt8(ascii: "_")).flatMap {
        names[String(service[...$0])]
      }
    }
  }
}
