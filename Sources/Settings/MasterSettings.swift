public import MuninWire

/// What `munin.conf` says: which nodes there are, how they are polled, who gets alerts.
///
/// `MasterSettings()` is a collector without a file: munin's defaults and no host.
public struct MasterSettings: Sendable {
  public var databaseDirectory = "/var/lib/munin"
  /// Seconds between two polls of a node.
  public var updateRate = 300
  /// In one poll of how many a service is asked for its config.
  public var configEvery = 12
  public var graphDataSize = RoundRobinLayout.normal
  /// Whether munin's own state files are written; where nothing is set, those are that munin has written before.
  public var datafile: Bool?
  /// Where munin's programs put their locks.
  public var runDirectory = "/var/run/munin"
  /// When RRD files are written.
  public var rrdWrite = RRDWriting.behind
  /// Where an rrdcached listens that takes the values: a path, `unix:` and a path, or `host:port`.
  public var rrdcachedSocket: String?
  /// Seconds that a poll may wait in the journal for the disk.
  public var journalSync = 1
  /// Where the page is served; `nil` after `web_listen none`.
  public var webListen: HostPort? = HostPort(host: "127.0.0.1", port: 4950)
  /// The address under which people reach the pages.
  public var webURL: WebAddress?
  public var mail = MailSettings()
  /// In the order in which they appear.
  public var contacts: [Contact] = []
  /// In the order in which they appear.
  public var hosts: [HostSettings] = []
  /// Seconds that a message waits for more of the same group.
  public var groupWait = 10
  /// Who is told of the collector's own trouble; `nil` for every contact.
  public var ownContacts: [String]?
  public var heartbeatCall: HeartbeatCall?
  public var heartbeatMail: HeartbeatMail?

  /// Seconds to wait for a connection.
  public var connectTimeout = 180
  /// Seconds for the whole dialogue with one node.
  public var nodeTimeout = 180
  /// `Sys::Syslog` for syslog; standard error when not set.
  public var logFile: String?
  /// 0 (failures only) to 4 (everything).
  public var logLevel = 2
  public var syslogIdentity = "apus-collector"
  public var syslogFacility = SyslogFacility.daemon
  public var pidFile: String?

  var tree = SettingTree()
  /// The `contact.NAME.…` lines by their whole key, for messages.
  var contactDirectives: [String: Directive] = [:]
  /// The places below each host, in the order in which they first appear.
  var overridesByHost: [SettingPath: [SettingPath]] = [:]

  public init() {}
}

extension MasterSettings {
  public var logsToSyslog: Bool { logFile == "Sys::Syslog" }

  /// The value of an attribute as munin inherits it: field, service, host, groups from the
  /// innermost, root. A nested service (`disk.sda`) inherits from the service around it.
  public func attribute(
    _ name: String, group: [String], host: String, service: String? = nil, field: String? = nil
  ) -> String? {
    tree.inherited(name, at: place(group, host, service, field))?.value
  }

  /// The value that is set at exactly this place; it replaces what the node sends.
  public func override(
    _ name: String, group: [String], host: String, service: String? = nil, field: String? = nil
  ) -> String? {
    tree.own(name, at: place(group, host, service, field))?.value
  }

  /// The `update_rate` that is set for a service of a node itself.
  public func updateRate(of service: String, on host: HostSettings) -> UpdateRate? {
    override("update_rate", group: host.groups, host: host.name, service: service)
      .flatMap(UpdateRate.init)
  }

  /// Goes on with the update rate of the top level that `old` has: polls follow it only after a start.
  public mutating func keepUpdateRate(of old: MasterSettings) {
    guard updateRate != old.updateRate else { return }
    updateRate = old.updateRate
    let directive = Directive(name: "update_rate", value: "\(updateRate)", file: "", line: 0)
    tree.set("update_rate", directive, at: SettingPath())
    for index in hosts.indices {
      hosts[index].updateRate =
        tree.inherited("update_rate", at: hosts[index].place).flatMap { try? $0.updateRate() }
        ?? updateRate
    }
  }

  /// A group's own attribute, such as `node_order`; the root's with an empty path.
  public func attribute(_ name: String, group: [String]) -> String? {
    tree.inherited(name, at: SettingPath(groups: group))?.value
  }

  /// Who gets the alerts of a place: its `contacts`, or all contacts that can be reached.
  public func recipients(
    group: [String], host: String, service: String? = nil, field: String? = nil
  ) -> [Contact] {
    guard let list = attribute("contacts", group: group, host: host, service: service, field: field)
    else { return contacts.filter(\.isReachable) }
    let names = list.words()
    return contacts.filter { names.contains($0.name) && $0.isReachable }
  }

  /// Where a key of the root stands, as the beginning of a message: `munin.conf:12: smtp_server`, or
  /// the key alone when it is not set. Also for `contact.NAME.email` and the like.
  public func place(of key: String) -> String {
    guard let found = contactDirectives[key] ?? tree.own(key, at: SettingPath()) else { return key }
    return found.finding(key).description
  }

  /// Whether munin.conf has a directive of the top level itself.
  public func sets(_ key: String) -> Bool { tree.own(key, at: SettingPath()) != nil }

  /// Where the value that counts for a node was written, `munin.conf:12`; `nil` for a default.
  /// - Parameter field: of a service, which may be nested: `disk.sda`.
  public func place(
    of name: String, for host: HostSettings, service: String? = nil, field: String? = nil
  ) -> String? {
    tree.inherited(name, at: place(host.groups, host.name, service, field)).map {
      "\($0.file):\($0.line)"
    }
  }

  func place(
    _ group: [String], _ host: String, _ service: String?, _ field: String?
  ) -> SettingPath {
    let names = (service?.split(separator: ".").map(String.init) ?? []) + (field.map { [$0] } ?? [])
    return SettingPath(groups: group, host: host, names: names)
  }
}

extension MasterSettings {
  /// Something munin.conf says about a service or a field of a host.
  public struct Override: Sendable, Hashable {
    /// May be nested: `disk.sda`.
    public let service: String
    /// `nil` for the service itself.
    public let field: String?
    public let name: String
    public let value: String
    public let file: String
    public let line: Int
  }

  /// Everything set below a host, by line. `a.b.warning` is taken for field `b` of service `a`;
  /// where the node has a nested service `a.b`, the caller has to prefer that.
  public func overrides(for host: HostSettings) -> [Override] {
    (overridesByHost[host.place] ?? []).flatMap { path in
      tree.all(at: path).map { name, directive in
        let isField = path.names.count > 1 && !Self.isServiceAttribute(name)
        return Override(
          service: path.names.dropLast(isField ? 1 : 0).joined(separator: "."),
          field: isField ? path.names.last : nil, name: name, value: directive.value,
          file: directive.file, line: directive.line)
      }
    }.sorted { ($0.file, $0.line, $0.name) < ($1.file, $1.line, $1.name) }
  }

  private static func isServiceAttribute(_ name: String) -> Bool {
    (name.hasPrefix("graph_") && name != "graph_data_size")
      || [
        "contacts", "flapping", "host_name", "maintenance", "munin_compatible", "notify_alias",
        "subject", "update", "update_rate",
      ].contains(name)
  }
}
