/// Something about the files that TLS needs.
public struct TLSFinding: Error, Sendable, Hashable, CustomStringConvertible {
  /// The setting it is about.
  public let word: String
  public let description: String
  /// Whether a file is not there, which need not be wrong.
  public let isMissingFile: Bool
  /// Whether everything works all the same.
  public let isRemark: Bool

  init(
    _ word: String, _ description: String, isMissingFile: Bool = false, isRemark: Bool = false
  ) {
    self.word = word
    self.description = description
    self.isMissingFile = isMissingFile
    self.isRemark = isRemark
  }
}
