/// A child could not be started.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The program's path.
  public let path: String
  /// The system call that failed.
  public let step: String
  public let code: Int32

  public var description: String { "cannot run \(path): \(step): \(IOError.words(for: code))" }
}
