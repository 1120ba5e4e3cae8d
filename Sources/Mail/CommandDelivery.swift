internal import CLinux

/// Delivery to a contact's command: the shell runs it with the text on its standard input.
public struct CommandDelivery: Sendable {
  /// When a command and all its children are killed.
  public var timeLimit: Duration

  public init(timeLimit: Duration = .seconds(60)) {
    self.timeLimit = timeLimit
  }

  /// Runs the command once; exit status 0 means delivered. Several commands may run at a time, each on
  /// a thread that ends with it.
  public func deliver(_ text: String, to command: String) async throws(DeliveryFailure) {
    let limit = timeLimit
    // munin sends the text and one line feed.
    let input = Array((text + "\n").utf8)
    let failure = await onThreadOfItsOwn("mail-command") {
      var child = ShellCommand(command)
      return child.run(input: input, timeLimit: limit)
    }
    if let failure { throw failure }
  }
}

/// Runs a body that blocks on a new thread, which then ends.
private func onThreadOfItsOwn<Result: Sendable>(
  _ label: String, _ body: @escaping @Sendable () -> Result
) async -> Result {
  await withCheckedContinuation { continuation in
    let job = Job { continuation.resume(returning: body()) }
    let context = Unmanaged.passRetained(job).toOpaque()
    let problem = clinux_thread_start(
      label, 0, { Unmanaged<Job>.fromOpaque($0!).takeRetainedValue().body() }, context)
    precondition(problem == 0, "cannot start thread \(label): error \(problem)")
  }
}

private final class Job: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
