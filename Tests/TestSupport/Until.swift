public import EventLoop

/// Lets the loop turn until `condition` holds. The limit is no wait: it ends a test that would hang.
/// - Returns: whether it held in the end.
@LoopActor
public func eventually(
  within limit: Duration = .seconds(20), _ condition: @LoopActor () -> Bool
) async -> Bool {
  let end = LoopClock.real.now.advanced(by: limit)
  while !condition() {
    if end <= LoopClock.real.now { return false }
    try? await LoopClock.real.sleep(for: .milliseconds(1))
  }
  return true
}
