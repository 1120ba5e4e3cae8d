extension EventLoop {
  /// What `body` returns, unless that takes longer than `limit`, or the caller is cancelled: then the body is cancelled
  /// and left behind.
  /// - Returns: `nil` when it was not there in time.
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
