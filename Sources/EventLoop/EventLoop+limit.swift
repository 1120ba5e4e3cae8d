extension EventLoop {
  /// Runs `body` for at most `limit`. After that, or when the caller is cancelled, the body is cancelled and not waited
  /// for.
  /// - Returns: what `body` returned, `nil` when it took too long.
  @LoopActor
  public static func result<Value: Sendable>(
    within limit: Duration, clock: LoopClock = .real,
    of body: @escaping @LoopActor @Sendable () async -> Value
  ) async -> Value? {
    let gate = Gate()
    var value: Value?
    let work = start {
      value = await body()
      gate.open()
    }
    let timer = clock.schedule(at: clock.now.advanced(by: limit)) { gate.open() }
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { gate.open() }
    }
    timer.cancel()
    work.cancel()
    return value
  }
}
