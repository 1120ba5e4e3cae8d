internal import Daemon
internal import EventLoop
internal import Text

/// Delivery to a contact's command: the shell runs it with the text on its standard input.
///
/// The command runs on the event loop, where all child processes are; this call may come from any thread.
public struct CommandDelivery: Sendable {
  /// When a command and its whole process group are killed.
  public var timeLimit: Duration

  public init(timeLimit: Duration = .seconds(60)) {
    self.timeLimit = timeLimit
  }

  /// Runs the command once; exit status 0 means delivered.
  public func deliver(_ text: String, to command: String) async throws(DeliveryFailure) {
    let limit = timeLimit
    // A task of its own, which is not cancelled with the caller's: a command that is under way may have delivered
    // already, and would be run again at the next start.
    let result = await EventLoop.start { () -> Result<ChildOutcome, SpawnError> in
      do throws(SpawnError) {
        return .success(
          try await ChildProcess.run(
            .shell(command, environment: OwnProcess.environment), input: Array(text.utf8),
            within: limit, output: .discarded,
            until: .exit))
      } catch {
        return .failure(error)
      }
    }.value
    let name = "command '\(oneLine(command, limit: 60))'"
    switch result {
    case .success(let outcome):
      if let failure = failure(of: name, outcome) { throw failure }
    case .failure(let error): throw DeliveryFailure(.recipient, "\(name): \(error)")
    }
  }

  private func failure(of name: String, _ outcome: ChildOutcome) -> DeliveryFailure? {
    if outcome.timedOut {
      return DeliveryFailure(
        .mail, isTimeout: true,
        "\(name): still running after \(TimeSpan.text(timeLimit)), killed")
    }
    if outcome.errorsOverflowed {
      return DeliveryFailure(.mail, "\(name): wrote more than 8 MiB to stderr, killed")
    }
    if outcome.ending == .exit(0) { return nil }
    let ending = outcome.ending.map { "\($0)" } ?? "its end is not known"
    let line = String(decoding: outcome.errors.prefix(4096), as: UTF8.self)
      .split(whereSeparator: \.isNewline).first.map { ": " + oneLine("\($0)", limit: 200) }
    // It may be the message or the command: later messages are attempted, after this one, so that they keep their order.
    return DeliveryFailure(.recipient, "\(name): \(ending)\(line ?? "")")
  }
}
