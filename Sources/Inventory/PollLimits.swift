internal import Text

/// How long a poll may wait: for a connection, for the banner, for each answer, and for everything together.
///
/// The limits follow from `update_rate`, so that a node that hangs is told within two periods; munin's `timeout` and
/// `timeout_fetch_one_node` are their upper bounds.
public struct PollLimits: Sendable, Equatable {
  /// What is limited.
  public enum Subject: Sendable, Equatable { case connection, banner, answer, node }

  /// Seconds between two polls.
  public let updateRate: Int
  private let connectTimeout: Int
  private let nodeTimeout: Int
  /// Whether the node has not answered for some polls: then only a short look is taken whether it is back.
  public let isProbe: Bool

  /// - Parameters:
  ///   - updateRate: seconds between two polls.
  ///   - connectTimeout: munin's `timeout`, in seconds.
  ///   - nodeTimeout: munin's `timeout_fetch_one_node`, in seconds.
  public init(
    updateRate: Int = 300, connectTimeout: Int = 180, nodeTimeout: Int = 180, isProbe: Bool = false
  ) {
    self.updateRate = updateRate
    self.connectTimeout = connectTimeout
    self.nodeTimeout = nodeTimeout
    self.isProbe = isProbe
  }

  /// The limit, from the beginning of the wait.
  public subscript(subject: Subject) -> Duration {
    .milliseconds(min(share(of: subject), bound(of: subject)))
  }

  /// In milliseconds; a second at least.
  private func share(of subject: Subject) -> Int {
    let period = updateRate * 1000
    let share =
      switch subject {
      case .connection: isProbe ? period / 10 : period / 4
      case .banner: isProbe ? period / 10 : period / 3
      case .answer: period / 3
      case .node: period / 10 * 9
      }
    return max(1000, share)
  }

  private func bound(of subject: Subject) -> Int {
    (subject == .connection ? min(connectTimeout, nodeTimeout) : nodeTimeout) * 1000
  }

  /// Which limit it is and the setting that it comes from: `limit for each answer: a third of update_rate 10`.
  public func explanation(of subject: Subject) -> String {
    let name =
      switch subject {
      case .connection: "connecting"
      case .banner: "the banner"
      case .answer: "each answer"
      case .node: "the whole node"
      }
    return "limit for \(name): \(setting(of: subject))"
  }

  private func setting(of subject: Subject) -> String {
    if bound(of: subject) < share(of: subject) {
      return subject == .connection && connectTimeout <= nodeTimeout
        ? "timeout \(connectTimeout)" : "timeout_fetch_one_node \(nodeTimeout)"
    }
    let share =
      switch subject {
      case .connection: isProbe ? "a tenth" : "a quarter"
      case .banner: isProbe ? "a tenth" : "a third"
      case .answer: "a third"
      case .node: "nine tenths"
      }
    return "\(share) of update_rate \(updateRate)"
  }

  /// What a wait that was too long is told as: `no answer within 2.5 s (limit for connecting: a quarter of update_rate 10)`.
  public func fault(of subject: Subject, waitingFor work: String? = nil) -> String {
    "no answer within \(TimeSpan.text(self[subject]))"
      + (work.map { " while waiting for \($0)" } ?? "") + " (\(explanation(of: subject)))"
  }
}
