internal import Incidents
internal import Inventory
public import Ledger
internal import MuninWire
public import Settings

/// Whether the target of an order names something: a silence of a name that nothing has keeps nothing quiet.
public enum AlertTargetCheck {
  /// - Parameter text: `all`, `GROUP`, `GROUP;HOST`, `GROUP;HOST:SERVICE` or `GROUP;HOST:SERVICE.FIELD`.
  /// - Returns: what is wrong, with the nearest name; `nil` when nothing is.
  public static func finding(
    of text: String, _ settings: MasterSettings, ledger: Ledger
  ) async throws(LedgerError) -> String? {
    guard let target = AlertTarget(text) else {
      return
        "'\(text)': expected all, GROUP, GROUP;HOST, GROUP;HOST:SERVICE or GROUP;HOST:SERVICE.FIELD"
    }
    let path = target.path.joined(separator: ";")
    guard let service = target.service else { return finding(of: path, settings) }
    guard let host = settings.hosts.first(where: { $0.path == path }) else {
      return finding(of: path, settings)
        ?? "'\(text)': \(path) is a group: only nodes have services"
    }
    let inventory = try await ledger.read { transaction throws(LedgerError) in
      try InventoryTables.read(in: transaction)
    }
    let node = inventory.nodes.first { $0.value == path }?.key
    let series = node.flatMap { inventory.series[$0] } ?? []
    let virtual = VirtualGraph.names(on: host, in: settings.overrides(for: host))
    var services = Set(virtual)
    for service in node.flatMap({ inventory.services[$0] }) ?? [] { services.insert(service.name) }
    // Of a node that was never polled nobody knows the services.
    guard !services.isEmpty, !series.isEmpty || !virtual.isEmpty else { return nil }
    guard services.contains(service) else {
      return "\(path): it has no service '\(service)'" + hint(service, services)
    }
    guard let field = target.field, !virtual.contains(service) else { return nil }
    // As a silence compares them: a nested graph's name stands between.
    let keys = series.map(\.key).filter {
      $0.graph == service || $0.graph.hasPrefix("\(service).")
        || !series.contains { $0.key.graph == service }
    }
    let isKnown = keys.contains {
      $0.field == field || "\($0.graph).\($0.field)".hasSuffix(".\(field)")
    }
    return isKnown
      ? nil
      : "\(path):\(service): it has no field '\(field)'" + hint(field, Set(keys.map(\.field)))
  }

  /// A group or a node.
  private static func finding(of path: String, _ settings: MasterSettings) -> String? {
    guard !path.isEmpty else { return nil }
    var known: Set<String> = []
    for host in settings.hosts {
      known.insert(host.path)
      for count in host.groups.indices {
        known.insert(host.groups[...count].joined(separator: ";"))
      }
    }
    guard !known.contains(path) else { return nil }
    // A host is easily named without its group.
    let same = settings.hosts.filter { $0.name == path }.map(\.path)
    if let first = same.first {
      return "no group '\(path)' in munin.conf; did you mean '\(first)'?"
    }
    return "no group or node '\(path)' in munin.conf" + hint(path, known)
  }

  private static func hint(_ name: String, _ known: Set<String>) -> String {
    nearestWord(to: name, among: known.sorted()).map { "; did you mean '\($0)'?" } ?? ""
  }
}
