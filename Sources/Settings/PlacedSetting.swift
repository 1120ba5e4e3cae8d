/// A setting of munin.conf and where it stands.
public struct PlacedSetting: Sendable, Hashable {
  /// The service that it is about, which may be nested (`disk.sda`); `nil` for a node's, a group's or the top level's.
  public let service: String?
  /// The field that it is about; `nil` for the service itself.
  public let field: String?
  public let word: String
  public let value: String
  public let place: SettingPlace
}

extension MasterSettings {
  /// What is set at a group, or with an empty path at the top level, by line. Contacts are not among it.
  public func settings(ofGroup groups: [String]) -> [PlacedSetting] {
    settings(at: SettingPath(groups: groups))
  }

  /// What is set at a node itself, by line.
  public func settings(of host: HostSettings) -> [PlacedSetting] { settings(at: host.place) }

  private func settings(at path: SettingPath) -> [PlacedSetting] {
    tree.all(at: path).map { word, directive in
      PlacedSetting(
        service: nil, field: nil, word: word, value: directive.value,
        place: SettingPlace(file: directive.file, line: directive.line))
    }.sorted { ($0.place.file, $0.place.line, $0.word) < ($1.place.file, $1.place.line, $1.word) }
  }

  /// What is set below a node, by line.
  public func settingsBelow(_ host: HostSettings) -> [PlacedSetting] {
    overrides(for: host).map {
      PlacedSetting(
        service: $0.service, field: $0.field, word: $0.name, value: $0.value,
        place: SettingPlace(file: $0.file, line: $0.line))
    }
  }

  /// The paths of all groups, each after the one around it; in the order in which munin.conf names them.
  public var groups: [[String]] {
    var seen: Set<[String]> = []
    var groups: [[String]] = []
    for path in tree.paths where !path.groups.isEmpty {
      for count in 1...path.groups.count {
        let group = Array(path.groups.prefix(count))
        if seen.insert(group).inserted { groups.append(group) }
      }
    }
    return groups
  }
}
