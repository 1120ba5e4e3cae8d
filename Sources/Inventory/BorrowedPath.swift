internal import MuninWire

/// Names a field of another graph, as `graph_order`, `sum` and `stack` have it: `field`, `service.field`, `host:service.field`,
/// `group;host:service.field`.
///
/// As in munin it is looked for from the place of the borrowing graph outwards, until a field is found: a host needs no group where it is
/// in the same one.
public struct BorrowedPath: Sendable, Hashable, CustomStringConvertible {
  /// As it was written.
  public let description: String
  /// Groups, host, the parts of the graph's name, and the field; as many as were written.
  let names: [String]

  static let mostNames = 24

  /// - Returns: nil for a text that names no field.
  public init?(_ text: some StringProtocol) {
    guard (1...400).contains(text.utf8.count) else { return nil }
    var names: [Substring]
    let text = String(text)
    if let colon = text.firstIndex(of: ":") {
      names =
        text[..<colon].split(separator: ";", omittingEmptySubsequences: false)
        + text[text.index(after: colon)...].split(separator: ".", omittingEmptySubsequences: false)
    } else if let dot = text.firstIndex(of: "."), !text[dot...].contains(";") {
      names =
        text[..<dot].split(separator: ";", omittingEmptySubsequences: false)
        + text[text.index(after: dot)...].split(separator: ".", omittingEmptySubsequences: false)
    } else {
      names = text.split(separator: ";", omittingEmptySubsequences: false)
    }
    guard names.count <= Self.mostNames, names.allSatisfy({ !$0.isEmpty }) else { return nil }
    var words = names.map(String.init)
    if let field = words.last, !isFieldName(field) {
      words[words.count - 1] = FieldCleaning.master.clean(field)
    }
    guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
      !words.contains(where: { $0.utf8.contains(UInt8(ascii: "/")) })
    else { return nil }
    description = text
    self.names = words
  }

  /// The places that it may mean, the nearest first.
  /// - Parameter place: groups, host and the parts of the name of the graph that borrows.
  public func candidates(from place: [String]) -> some Sequence<[String]> {
    (0...place.count).reversed().lazy.map { place.prefix($0) + names }
  }
}
