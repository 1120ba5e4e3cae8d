public import EventLoop
internal import PluginKit

/// Answers for one service, whatever is behind it: a built-in plugin that looks at this machine, one that asks a
/// device or a daemon, an executable.
///
/// The caller does not know the kind: the answer is there at once, or it comes later.
@LoopActor
protocol Answerer: AnyObject {
  /// Appends the answer's lines, without the closing dot, where that takes no waiting; else says how they come.
  func answer(_ question: PluginQuestion, for caller: Caller, into reply: inout Reply)
    -> AnswerOutcome
}

/// How a question to an ``Answerer`` ends.
enum AnswerOutcome {
  /// The lines are in the reply.
  case now(AnswerHealth)
  /// The lines come from this function, which waits for them. It is called once.
  case later(@LoopActor @Sendable () async -> LateAnswer)
}

/// An answer that had to be waited for.
struct LateAnswer: Sendable {
  var reply = Reply()
  var health = AnswerHealth.unknown
}

/// What an answer tells of its service, for the log.
enum AnswerHealth: Sendable {
  /// All was there: an error that was logged before is over.
  case good
  /// It proves nothing: a config, or a wait that was given up.
  case unknown
  /// All or a part of the answer is missing, and why.
  case error(String)
}

/// The master, or the part of the node, that asks a service.
public struct Caller: Sendable {
  /// The master's address as the kernel gives it.
  public var address: String
  public var capabilities: Capabilities
  /// When the session ends at the latest; `nil` for a caller without a session.
  public var deadline: LoopClock.Instant?

  public init(address: String, capabilities: Capabilities) {
    self.address = address
    self.capabilities = capabilities
  }
}

extension Reply {
  /// Replaces what was written after `start` by the line that tells a master of an error.
  mutating func fail(_ error: PluginError, back start: Int) -> AnswerHealth {
    _ = takeComplaint()
    truncate(to: start)
    append(error.isTimeout ? "# Timed out\n" : "# Bad exit\n")
    return .error("\(error)")
  }

  /// What an answer without an error tells of its service: only values can tell that all is right.
  mutating func health(after question: PluginQuestion) -> AnswerHealth {
    if let complaint = takeComplaint() { return .error(complaint) }
    return question == .fetch ? .good : .unknown
  }
}
