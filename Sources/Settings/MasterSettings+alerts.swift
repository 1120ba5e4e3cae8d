public import Text

/// A `maintenance` line: planned work at a place.
public struct MaintenanceSetting: Sendable, Hashable {
  /// Empty for the top level.
  public let groups: [String]
  public let host: String?
  /// May be nested: `disk.sda`.
  public let service: String?
  public let spans: [WeekSpan]
  public let place: SettingPlace
  /// The zone that counts there; `nil` for the machine's.
  public let zone: PlacedText?
}

extension MasterSettings {
  /// What counts for a place, with the line that says it: set at the field, else at the nearest place around it.
  public func word(
    _ name: String, for host: HostSettings, service: String? = nil, field: String? = nil
  ) -> PlacedText? {
    tree.inherited(name, at: place(host.groups, host.name, service, field))?.placed
  }

  /// Seconds after which an incident that lasts is told again; `nil` for never.
  public func repeatTime(
    for host: HostSettings, service: String? = nil, field: String? = nil
  ) -> Int? {
    tree.inherited("repeat", at: place(host.groups, host.name, service, field))
      .flatMap { try? $0.duration() }
  }

  /// Seconds after which a trouble of the collector itself that lasts is told again; `nil` for never.
  public var ownRepeatTime: Int? {
    tree.own("repeat", at: SettingPath()).flatMap { try? $0.duration() }
  }

  /// How many beginnings make an incident flapping; `nil` where each is told.
  public func flapping(for host: HostSettings, service: String? = nil) -> CountInTime? {
    guard let line = tree.inherited("flapping", at: place(host.groups, host.name, service, nil))
    else { return CountInTime(count: 3, seconds: 3600) }
    return try? line.countInTimeOrNo()
  }

  /// Whether values are judged as munin-limits does.
  public func isMuninCompatible(for host: HostSettings, service: String? = nil) -> Bool {
    tree.inherited("munin_compatible", at: place(host.groups, host.name, service, nil))
      .flatMap { Directive.flag($0.value) } ?? false
  }

  /// Whether contacts with a command get munin's messages, run by run.
  public var isMuninCompatible: Bool {
    tree.own("munin_compatible", at: SettingPath()).flatMap { Directive.flag($0.value) } ?? false
  }

  /// What a service is about, where munin.conf says so.
  public func subject(of service: String, on host: HostSettings) -> String? {
    word("subject", for: host, service: service)?.text
  }

  /// The name of a group in messages, where it is not the group's own.
  public func notifyAlias(ofGroup groups: [String]) -> String? {
    tree.own("notify_alias", at: SettingPath(groups: groups))?.value
  }

  /// The name of a service in messages, where it is not the service's own.
  public func notifyAlias(of service: String, on host: HostSettings) -> String? {
    override("notify_alias", group: host.groups, host: host.name, service: service)
  }

  /// The zone of a group's, or with an empty path the top level's, planned work; `nil` for the machine's.
  public func timezone(ofGroup groups: [String]) -> PlacedText? {
    tree.inherited("timezone", at: SettingPath(groups: groups))?.placed
  }

  /// All lines with a word, wherever they stand; of contacts only ``contacts`` knows.
  public func lines(of word: String) -> [PlacedText] {
    tree.paths.compactMap { tree.own(word, at: $0)?.placed }
  }

  /// All planned work, in the order of the places.
  public var maintenance: [MaintenanceSetting] {
    tree.paths.compactMap { path in
      guard let line = tree.own("maintenance", at: path), let spans = try? line.spans() else {
        return nil
      }
      return MaintenanceSetting(
        groups: path.groups, host: path.host,
        service: path.names.isEmpty ? nil : path.names.joined(separator: "."), spans: spans,
        place: line.place, zone: tree.inherited("timezone", at: path)?.placed)
    }
  }
}
