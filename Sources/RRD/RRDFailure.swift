/// Something that went wrong with one file of a batch; the other files are not concerned.
public struct RRDFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What became of the values.
  public enum Fate: Sendable, Hashable {
    /// They are in the file; the failure is only to be logged.
    case written
    /// They are not; giving them again may help.
    case later
    /// They are not, and giving them again is useless.
    case refused
    /// They are not: the file's newest value has a time in the future, and until then librrd takes no other.
    case closed(until: Int)
  }

  public let path: String
  public let error: RRDError
  public let fate: Fate
  /// Which updates of the batch are concerned.
  public let updates: Range<Int>

  public var description: String { error.description }
}

extension [RRDFailure] {
  /// Lets files wait behind those that could not be written: one of these becomes one of them.
  /// - Returns: whether they wait.
  mutating func hold(_ updates: [RRDUpdate], _ files: [Range<Int>]) -> Bool {
    guard let first = first(where: { $0.fate == .later }) else { return false }
    self += files.map {
      RRDFailure(
        path: updates[$0.lowerBound].path, error: first.error, fate: .later, updates: $0)
    }
    return true
  }
}
