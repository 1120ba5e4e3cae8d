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
    let failure = await onThreadOfItsOwn {
      var child = ShellCommand(command)
      return child.run(input: input, timeLimit: limit)
    }
    if let failure { throw failure }
  }
}

/// Runs a body that blocks on a new thread, which then ends.
private func onThreadOfItsOwn(
  _ body: @escaping @Sendable () -> DeliveryFailure?
) async -> DeliveryFailure? {
  await withCheckedContinuation { continuation in
    let context = Unmanaged.passRetained(Job { continuation.resume(returning: body()) })
    let problem = clinux_thread_start(
      "mail-command", 0, { Unmanaged<Job>.fromOpaque($0!).takeRetainedValue().body() },
      context.toOpaque())
    if problem != 0 {
      context.release()
      continuation.resume(
        returning: DeliveryFailure(.mail, "cannot start a thread for a command: error \(problem)"))
    }
  }
}

private final class Job: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
