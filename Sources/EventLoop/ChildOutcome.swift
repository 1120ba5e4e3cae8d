/// What a child process has left when it is over.
public struct ChildOutcome: Sendable {
  /// stdout, at most its limit.
  public var output: [UInt8] = []
  /// The first 64 KiB of stderr.
  public var errors: [UInt8] = []
  /// How the process ended; `nil` when it had to be killed and did not end even then.
  public var ending: ChildEnding?
  /// The time limit passed; the process group was killed.
  public var timedOut = false
  /// At the time limit the process itself had ended: what it left running held its stdout or stderr open.
  public var leftStreamsOpen = false
  /// stdout held more than its limit; the process group was killed.
  public var overflowed = false
  /// stderr held more than its limit; the process group was killed.
  public var errorsOverflowed = false

  public init() {}
}
