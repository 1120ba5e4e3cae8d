internal import EventLoop

/// Lets the loop turn until `condition` holds. The limit only ends a test that would hang.
/// - Returns: whether it held in the end.
@LoopActor
public func comesTrue(
  within limit: Duration = .seconds(20), _ condition: @LoopActor () -> Bool
) async -> Bool {
  let end = LoopClock.real.now.advanced(by: limit)
  while !condition() {
    if end <= LoopClock.real.now { return false }
    try? await LoopClock.real.sleep(for: .milliseconds(1))
  }
  return true
}

/// Lets the loop turn until `condition` holds, or fails the test.
@LoopActor
public func reach(_ what: String = "a condition", _ condition: @LoopActor () -> Bool) async throws {
  guard await comesTrue(condition) else { throw NeverCame(what: what) }
}

/// What a test waited for did not happen.
public struct NeverCame: Error, CustomStringConvertible {
  let what: String

  public var description: String { "\(what) did not come within 20 s" }
}

/// Lets the loop turn a few times, so that jobs and events that are ready have run.
@LoopActor
public func turn(_ times: Int = 5) async throws {
  for _ in 0..<times { try await LoopClock.real.sleep(for: .zero) }
}
