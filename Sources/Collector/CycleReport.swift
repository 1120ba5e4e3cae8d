/// What happened since the last report, for the line that `--verbose` prints.
public struct CycleReport: Sendable {
  /// The services and values of each node, as of its newest poll: a node may be polled twice, right after the start.
  private var answers: [String: (services: Int, values: Int)] = [:]
  private var failures: Set<String> = []
  /// How many polls were left out because the one before took longer than a period.
  public internal(set) var missed = 0
  /// The longest poll, in seconds.
  public private(set) var slowest = 0.0

  /// How many nodes failed whose poll before did not.
  public internal(set) var newFailures = 0

  /// Whether everything is in the ledger.
  public internal(set) var isKept = true

  public var nodes: Int { answers.count }
  public var silent: Int { failures.count }
  public var services: Int { answers.values.reduce(0) { $0 + $1.services } }
  public var values: Int { answers.values.reduce(0) { $0 + $1.values } }

  /// - Parameter isRest: whether it is a further part of the same poll.
  mutating func polled(
    _ node: String, values: Int, services: Int, duration: Double, isRest: Bool = false
  ) {
    let former = isRest ? answers[node] : nil
    answers[node] = (services + (former?.services ?? 0), values + (former?.values ?? 0))
    failures.remove(node)
    slowest = max(slowest, duration)
  }

  mutating func failed(_ node: String) {
    failures.insert(node)
    answers[node] = nil
  }
}
