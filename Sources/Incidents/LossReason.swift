public import Limits

/// Why nodes that were lost together cannot be polled: one for all nodes with the same reason, their names and addresses apart.
public struct LossReason: Sendable, Hashable {
  /// A node that cannot be polled.
  public struct Node: Sendable {
    public let number: NodeNumber
    public let words: String
    /// What it is called in the words: its name, its alias, its address.
    public let names: [String]

    public init(number: NodeNumber, words: String, names: [String] = []) {
      self.number = number
      self.words = words
      self.names = names
    }
  }

  /// As the first of the nodes has it.
  public let words: String
  public let count: Int
  public let first: NodeNumber

  /// The reasons of some nodes: that of most nodes first, of equally many that of the first node.
  public static func all(of nodes: [Node]) -> [LossReason] {
    var order: [String] = []
    var found: [String: [Node]] = [:]
    for node in nodes {
      let key = key(of: node)
      if found[key] == nil { order.append(key) }
      found[key, default: []].append(node)
    }
    let reasons = order.compactMap { key -> LossReason? in
      guard let nodes = found[key], let first = nodes.first else { return nil }
      return LossReason(words: first.words, count: nodes.count, first: first.number)
    }
    return reasons.enumerated().sorted { one, two in
      one.element.count != two.element.count
        ? one.element.count > two.element.count : one.offset < two.offset
    }.map(\.element)
  }

  /// What is the same for all nodes with the reason.
  private static func key(of node: Node) -> String {
    let words = node.words.split(separator: " ").filter { word in
      let text = word.last == ":" || word.last == ";" ? word.dropLast() : word
      if node.names.contains(where: { $0 == text }) { return false }
      // `192.0.2.1:4949`, `[2001:db8::1]:4949`
      guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")), colon != text.startIndex else {
        return true
      }
      let port = text[text.utf8.index(after: colon)...]
      return port.isEmpty || !port.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    return words.joined(separator: " ")
  }
}
