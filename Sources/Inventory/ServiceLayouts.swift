public import Ledger

/// What the services of all nodes say of their graphs, as the ledger has it: for files that describe all nodes.
public struct ServiceLayouts: Sendable {
  /// A service that its node lists, and the number of its layout.
  public struct Service: Sendable {
    public let name: String
    public let layout: Int
  }

  /// The services by the paths of their nodes (`group;host`), in the order of their names.
  public private(set) var nodes: [String: [Service]] = [:]
  /// The replies to `config`, without values, by the numbers of the layouts.
  public private(set) var configs: [Int: [UInt8]] = [:]

  public static func read(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> ServiceLayouts {
    var layouts = ServiceLayouts()
    try transaction.each(
      """
      SELECT node.path, name.text, service.layout FROM service
      JOIN node ON node.number = service.node JOIN name ON name.number = service.name
      WHERE service.gone IS NULL AND service.layout IS NOT NULL ORDER BY name.text
      """
    ) { row throws(LedgerError) in
      layouts.nodes[row.text(0) ?? "", default: []].append(
        Service(name: row.text(1) ?? "", layout: row.integer(2) ?? 0))
    }
    try transaction.each("SELECT number, config FROM layout") { row throws(LedgerError) in
      layouts.configs[row.integer(0) ?? 0] = row.bytes(1)
    }
    return layouts
  }
}
