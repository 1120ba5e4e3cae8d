/// What munin.conf says of the graphs of a host, where it says nothing of the host alone: hosts with the same groups and rate
/// have the same. It stands for all of it, and can be compared quickly.
public struct CommonPlace: Hashable, Sendable {
  private let groups: [String]
  private let updateRate: Int

  fileprivate init(_ host: HostSettings) {
    groups = host.groups
    updateRate = host.updateRate
  }
}

extension MasterSettings {
  /// Words of a host that say how it is reached, and nothing of its graphs.
  private static let ownWords: Set<String> = [
    "address", "port", "update", "use_node_name", "use_default_node", "notify_alias",
    "local_address",
    "ssh_command", "ssh_options", "contacts",
  ]

  /// Which hosts' graphs are recorded, drawn and judged as this one's when their plugins say the same; `nil` for a host that
  /// has settings of its own for that.
  public func commonPlace(of host: HostSettings) -> CommonPlace? {
    let words = tree.all(at: host.place).keys
    guard overridesByHost[host.place]?.isEmpty ?? true,
      words.allSatisfy({ MasterSettings.ownWords.contains($0) || $0.hasPrefix("tls") })
    else { return nil }
    return CommonPlace(host)
  }
}
