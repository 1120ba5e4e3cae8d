internal import MuninWire

/// The services that a node has listed. Nodes mostly list the same in each poll, and a fleet's nodes the same as each other: it is made once.
public final class ServiceNames: Sendable {
  /// The answer to `list`.
  public let line: String
  /// Each once, in the node's order.
  public let names: [String]
  public let all: Set<String>
  /// A hash of the names, in whatever order.
  public let hash: Int
  /// What of the line is no name, for people.
  public let faults: [String]

  /// - Parameter most: with more names than that ``names`` has one more, and no further ones.
  public init(_ line: String, most: Int = .max) {
    self.line = line
    var names: [String] = []
    var all: Set<String> = []
    var faults: [String] = []
    var hash = 0
    // Blanks, tabs and line ends separate names.
    for word in line.utf8.split(whereSeparator: { $0 == 0x20 || (0x09...0x0D).contains($0) }) {
      let name = String(Substring(word))
      guard isServiceName(name) else {
        faults.append("invalid service name '\(name.prefix(80))'")
        continue
      }
      guard all.insert(name).inserted else { continue }
      hash &+= name.hashValue
      names.append(name)
      if names.count > most { break }
    }
    self.names = names
    self.all = all
    self.hash = hash
    self.faults = faults
  }
}
