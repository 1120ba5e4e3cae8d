internal import Inventory
public import Ledger
public import Settings

/// What munin.conf makes of groups and nodes, with the disk space of each node: what `apus-collector check` shows.
public struct SettingsTree: Sendable {
  /// A group, or with an empty name the top level.
  public struct Group: Sendable {
    public let name: String
    public var settings: [PlacedSetting]
    public var groups: [Group] = []
    public var nodes: [Node] = []
  }

  /// A node.
  public struct Node: Sendable {
    public let host: HostSettings
    public let settings: [PlacedSetting]
    /// By the service's name, in the order of munin.conf.
    public let services: [(name: String, settings: [PlacedSetting])]
    public let disk: DiskSpace
  }

  public private(set) var root: Group
  /// The disk space of all nodes.
  public private(set) var disk = DiskSpace()

  /// - Parameter ledger: what the collector of these settings knows of the nodes' services; `nil` where it has not run yet.
  public init(_ settings: MasterSettings, ledger: Ledger?) async throws(LedgerError) {
    let inventory = try await ledger?.read { transaction throws(LedgerError) in
      try InventoryTables.read(in: transaction)
    }
    var spaces = NodeSpaces(settings, inventory)
    root = Group(name: "", settings: settings.settings(ofGroup: []))
    for path in settings.groups {
      root.insert(
        Group(name: path.last ?? "", settings: settings.settings(ofGroup: path)),
        below: path.dropLast())
    }
    for host in settings.hosts {
      let space = spaces.space(of: host)
      disk += space
      root.insert(
        Node(
          host: host, settings: settings.settings(of: host),
          services: SettingsTree.services(of: host, in: settings), disk: space),
        below: host.groups[...])
    }
  }

  private static func services(
    of host: HostSettings, in settings: MasterSettings
  ) -> [(name: String, settings: [PlacedSetting])] {
    var services: [(name: String, settings: [PlacedSetting])] = []
    var places: [String: Int] = [:]
    for setting in settings.settingsBelow(host) {
      guard let name = setting.service else { continue }
      if let place = places[name] {
        services[place].settings.append(setting)
      } else {
        places[name] = services.count
        services.append((name, [setting]))
      }
    }
    return services
  }
}

extension SettingsTree.Group {
  fileprivate mutating func insert(_ group: SettingsTree.Group, below path: ArraySlice<String>) {
    guard let first = path.first else { return groups.append(group) }
    guard let index = groups.lastIndex(where: { $0.name == first }) else { return }
    groups[index].insert(group, below: path.dropFirst())
  }

  fileprivate mutating func insert(_ node: SettingsTree.Node, below path: ArraySlice<String>) {
    guard let first = path.first else { return nodes.append(node) }
    guard let index = groups.lastIndex(where: { $0.name == first }) else { return }
    groups[index].insert(node, below: path.dropFirst())
  }
}
