public import Limits

/// What an ``Incident`` is about. At most one incident of a place is open.
public enum IncidentPlace: Sendable, Hashable {
  /// All graphs of what a node lists under one name.
  case service(NodeNumber, String)
  /// Values of any services of a node that became unknown in the same run, `since` in seconds since 1970.
  case values(NodeNumber, since: Int)
  /// A node that cannot be polled.
  case node(NodeNumber)
  /// Nodes behind one address, `host:port`, that were lost together.
  case endpoint(String)
  /// Nodes of a group that were lost together.
  case group([String])
  /// The collector itself.
  case collector(OwnTrouble)

  /// The node that it is in; `nil` for several nodes and for the collector.
  public var node: NodeNumber? {
    switch self {
    case .service(let node, _), .values(let node, _), .node(let node): node
    case .endpoint, .group, .collector: nil
    }
  }

  public var service: String? { if case .service(_, let name) = self { name } else { nil } }

  /// Whether it is about nodes that cannot be polled.
  public var isOfNodes: Bool {
    switch self {
    case .node, .endpoint, .group: true
    case .service, .values, .collector: false
    }
  }
}

/// What can be wrong with the collector itself.
public enum OwnTrouble: String, Sendable, Hashable, CaseIterable {
  /// The ledger cannot be written.
  case ledger
  /// The disk with the histories is full, or cannot be written.
  case disk
  /// The mail server takes no mails.
  case mailServer = "mail server"
  /// Messages to a contact are not delivered, while others may be.
  case contact
  /// Polls take longer than their period.
  case overrun
  /// The clock of the machine has jumped.
  case clock
  case heartbeat
  /// Changed settings cannot be used.
  case settings

  /// How bad it is.
  public var level: Level {
    switch self {
    case .ledger, .disk, .mailServer, .contact: .critical
    case .overrun, .clock, .heartbeat, .settings: .warning
    }
  }
}
