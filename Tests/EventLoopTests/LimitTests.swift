import EventLoop
import TestSupport
import Testing

struct LimitTests {
  @Test func whatIsThereInTimeIsReturned() async throws {
    let (value, waiting) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let value = await EventLoop.result(within: .seconds(3), clock: clock) { 7 }
      return (value, clock.waiting)
    }
    #expect(value == 7)
    #expect(waiting == 0, "the limit's timer stays")
  }

  @Test func whatTakesLongerIsCancelledAndLeftBehind() async throws {
    let (value, waiting) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let asking = EventLoop.start {
        await EventLoop.result(within: .seconds(3), clock: clock) {
          try? await clock.sleep(for: .seconds(1000))
          return 7
        }
      }
      try await reach { clock.waiting == 2 }
      clock.advance(by: .seconds(3))
      let value = await asking.value
      try await turn(10)
      return (value, clock.waiting)
    }
    #expect(value == nil)
    #expect(waiting == 0, "the body goes on")
  }

  @Test func aCallerWhoIsCancelledDoesNotWait() async throws {
    let (value, waiting) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let asking = EventLoop.start {
        await EventLoop.result(within: .seconds(3), clock: clock) {
          try? await clock.sleep(for: .seconds(1000))
          return 7
        }
      }
      try await reach { clock.waiting == 2 }
      asking.cancel()
      let value = await asking.value
      try await turn(10)
      return (value, clock.waiting)
    }
    #expect(value == nil)
    #expect(waiting == 0)
  }
}
