/// Everything that a node said in one dialogue.
struct Poll: Sendable {
  /// What the node calls itself.
  var nodeName: String
  var services: [PolledService]
  /// Lines of its replies that could not be understood.
  var faults: [String]
  /// In seconds.
  var duration: Double
}
