internal import Ledger
public import Limits

/// An incident that an older release has left open: it knew them by node and graph.
public struct FormerIncident: Sendable, Hashable {
  public let node: NodeNumber
  /// `nil` for the node itself.
  public let graph: String?
  /// The beginning of the identifiers of its mails.
  public let thread: String

  public init(node: NodeNumber, graph: String?, thread: String) {
    self.node = node
    self.graph = graph
    self.thread = thread
  }

  /// The identifier that the first mail to a contact had.
  /// - Parameter contact: its place among the contacts of munin.conf.
  func firstMail(to contact: Int) -> String { "\(thread).m\(contact)" }

  static func read(in transaction: borrowing Transaction) throws(LedgerError) -> [FormerIncident] {
    var found: [FormerIncident] = []
    try transaction.each("SELECT node, graph, thread FROM former_incident ORDER BY node, graph") {
      row throws(LedgerError) in
      let graph = row.text(1) ?? ""
      found.append(
        FormerIncident(
          node: NodeNumber(stored: row.integer(0)), graph: graph.isEmpty ? nil : graph,
          thread: row.text(2) ?? ""))
    }
    return found
  }
}
