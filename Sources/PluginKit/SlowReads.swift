/// The reads that a plugin waits for before it can answer; see ``Plugin/slowReads(for:on:into:)``.
///
/// Empty for most plugins, and where all answers are fresh; an empty list costs nothing.
public struct SlowReads {
  /// The reads to make, each once.
  public private(set) var needed: [AnySlowRead] = []

  public init() {}

  public var isEmpty: Bool { needed.isEmpty }

  /// Declares a read. It is made unless its last answer is still good, or it is stuck.
  /// - Returns: whether it will be made.
  @discardableResult
  public mutating func add(_ read: AnySlowRead, on host: Host) -> Bool {
    guard read.isNeeded(at: host.kernel.secondsSinceBoot()) else { return false }
    if !needed.contains(where: { $0 === read }) { needed.append(read) }
    return true
  }
}

extension Host {
  /// The answer of a read that the plugin has declared for this question; `nil` when there was none within the
  /// read's limit.
  ///
  /// Where a plugin runs by itself (``hasWorkers`` is false) the read is made here and now, however long it takes.
  public func answer<Answer: Sendable>(of read: SlowRead<Answer>) -> Answer? {
    guard hasWorkers else { return read.answerHere(at: kernel.secondsSinceBoot()) }
    return read.declaredAnswer
  }

  /// Whether slow reads are made on worker threads, as in the node: a plugin that runs by itself waits for them.
  public var hasWorkers: Bool { buffer.hasWorkers }

  /// Whether the same process will answer the next question too, so that what is not known yet may be known then.
  public var isAskedAgain: Bool { buffer.hasWorkers }
}
