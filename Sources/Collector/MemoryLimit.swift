internal import MuninWire

/// A limit for an amount of memory that was meant in another unit.
enum MemoryLimit {
  /// What is wrong with a limit of a graph in bytes: below 1024 it was meant in percent, or in MB.
  static func finding(_ graph: Graph, _ attribute: String, _ text: String?) -> String? {
    guard let text, Bounds(text)?.hasLimit(below: 1024) == true, isMemory(graph) else { return nil }
    return "\(attribute): '\(text)' is in bytes, and less than 1 kB cannot be meant"
  }

  /// Whether the values are bytes of memory: binary prefixes, and a label that says bytes.
  private static func isMemory(_ graph: Graph) -> Bool {
    guard graph.vlabel?.lowercased().hasPrefix("bytes") == true else { return false }
    return graph.args?.replacing("=", with: " ").split(separator: " ").contains("1024") == true
  }
}
