internal import MuninWire
public import Settings

/// Fields that munin.conf or a plugin borrows from other graphs: `graph_order a=host:load.load`, `sum`, `stack`.
///
/// They are not built yet. A graph made of them alone would otherwise be missing without a reason.
public struct BorrowedFields: Sendable, Hashable {
  /// The graph, as munin.conf names it.
  public let graph: String
  /// The first attribute that borrows: `graph_order a=host:load.load`, `all.sum`.
  public let attribute: String
  public let file: String
  public let line: Int

  static let words = "fields of other graphs are not built yet, not drawn"

  /// `munin.conf:12: group;host: piled: graph_order a=…: fields of other graphs …`, without the place.
  public var description: String { "\(graph): \(attribute): \(Self.words)" }

  /// Everything that munin.conf borrows for a host: one entry for a graph.
  public static func of(_ host: HostSettings, in settings: MasterSettings) -> [BorrowedFields] {
    var seen: Set<String> = []
    var found: [BorrowedFields] = []
    for override in settings.overrides(for: host) {
      let attribute: String
      if override.name == "graph_order", let word = borrowedWord(of: override.value) {
        attribute = "graph_order \(word)"
      } else if ["sum", "stack"].contains(override.name) {
        attribute = (override.field.map { "\($0)." } ?? "") + override.name
      } else {
        continue
      }
      guard seen.insert(override.service).inserted else { continue }
      found.append(
        BorrowedFields(
          graph: override.service, attribute: attribute, file: override.file, line: override.line))
    }
    return found
  }

  /// The findings about a node's graph, munin.conf's words included.
  static func findings(in graph: Graph) -> [String] {
    var found: [String] = []
    if let word = graph["graph_order"].flatMap(borrowedWord) {
      found.append("graph_order \(word): \(words)")
    }
    for field in graph.fields {
      for attribute in ["sum", "stack"] where field[attribute] != nil {
        found.append("\(field.name).\(attribute): \(words)")
      }
    }
    return found
  }

  /// The first word of a `graph_order` that is not one of the graph's own fields.
  private static func borrowedWord(of order: String) -> String? {
    order.split(whereSeparator: \.isWhitespace).first { $0.contains("=") }
      .map { String($0.prefix(80)) }
  }
}
