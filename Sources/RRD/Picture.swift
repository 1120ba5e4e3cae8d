/// A drawn graph.
public struct Picture: Sendable, Hashable {
  /// A PNG file.
  public let png: [UInt8]
  /// What the plugin's author or the operator should correct.
  public let findings: [String]
}
