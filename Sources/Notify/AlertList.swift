/// Lines under a heading.
struct AlertList: Sendable, Hashable {
  var heading: String
  var lines: [String]

  /// As text.
  var text: String { ([heading] + lines.map { "  " + $0 }).joined(separator: "\n") }
}
