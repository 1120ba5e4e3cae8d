internal import Daemon
internal import EventLoop
internal import Text

/// Delivery by the machine's own mail system: a program like `/usr/sbin/sendmail`, which is given the message on its standard input.
public struct SendmailDelivery: Sendable {
  public let path: String
  public let identity: MailIdentity
  /// When the program and its process group are killed.
  public var timeLimit: Duration

  public init(path: String, identity: MailIdentity, timeLimit: Duration = .seconds(60)) {
    self.path = path
    self.identity = identity
    self.timeLimit = timeLimit
  }

  /// Runs the program once; status 0 means that it has taken the mail.
  /// - Returns: who has taken it.
  func deliver(_ message: [UInt8], to recipient: MailAddress) async throws(DeliveryFailure)
    -> String
  {
    // Lines end as in a file; a lone dot does not end the message (-i).
    let input = message.filter { $0 != 13 }
    let program = ChildProgram(
      path: path, arguments: ["-i", "-f", identity.envelope.description, "--", "\(recipient)"],
      environment: OwnProcess.environment)
    let limit = timeLimit
    // Not cancelled with the caller: it may have taken the mail already.
    let result = await EventLoop.start { () -> Result<ChildOutcome, SpawnError> in
      do throws(SpawnError) {
        return .success(
          try await ChildProcess.run(
            program, input: input, within: limit, output: .discarded, until: .exit))
      } catch {
        return .failure(error)
      }
    }.value
    switch result {
    case .failure(let error): throw DeliveryFailure(.server, "\(path): \(error)")
    case .success(let outcome):
      if let failure = failure(outcome) { throw failure }
      return path
    }
  }

  private func failure(_ outcome: ChildOutcome) -> DeliveryFailure? {
    if outcome.timedOut {
      return DeliveryFailure(
        .server, isTimeout: true, "\(path): still running after \(TimeSpan.text(timeLimit)), killed"
      )
    }
    if outcome.ending == .exit(0) { return nil }
    let line =
      String(decoding: outcome.errors.prefix(4096), as: UTF8.self)
      .split(whereSeparator: \.isNewline).first.map { ": " + oneLine("\($0)", limit: 200) } ?? ""
    let ending = outcome.ending.map { "\($0)" } ?? "its end is not known"
    // sysexits.h: no such user (67) or host (68). Everything else is repaired by the operator, or passes.
    let isRefused = outcome.ending == .exit(67) || outcome.ending == .exit(68)
    return DeliveryFailure(
      isRefused ? .recipient : .server, isPermanent: isRefused, "\(path): \(ending)\(line)")
  }
}
