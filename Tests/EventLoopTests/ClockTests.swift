import Glibc
import TestSupport
import Testing

@testable import EventLoop

struct ClockTests {
  @Test func timersRingInOrderOfTheirTime() async throws {
    let (rung, waiting) = try await onTestLoop {
      let clock = LoopClock(standingAt: 100)
      var noise = Noise(3)
      var rung: [Int] = []
      let start = clock.now
      let delays = (0..<500).map { _ in Int.random(in: 0..<1000, using: &noise) }
      var timers: [LoopTimer] = []
      for delay in delays {
        timers.append(
          clock.schedule(at: start.advanced(by: .seconds(delay))) { rung.append(delay) })
      }
      for index in stride(from: 0, to: 500, by: 3) { timers[index].cancel() }
      let waiting = clock.waiting
      clock.advance(by: .seconds(499))
      let half = rung.count
      #expect(half == delays.enumerated().count { $0.offset % 3 != 0 && $0.element <= 499 })
      clock.advance(by: .seconds(10_000))
      #expect(clock.waiting == 0)
      let expected = delays.enumerated().filter { $0.offset % 3 != 0 }.map(\.element).sorted()
      #expect(rung == expected)
      return (rung.count, waiting)
    }
    #expect(rung == waiting && waiting == 333)
  }

  @Test func cancelledTimersDoNotPileUp() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      // The first timer stays, so that looking for the next deadline does not remove the cancelled ones.
      let first = clock.schedule(at: clock.now.advanced(by: .seconds(1))) {}
      for _ in 0..<100_000 {
        clock.schedule(at: clock.now.advanced(by: .seconds(900))) {}.cancel()
      }
      #expect(clock.waiting == 1)
      #expect(clock.kept <= 128)
      clock.forgetCancelled()
      #expect(clock.kept == 1)
      first.cancel()
    }
  }

  @Test func aTimerRingsOnce() async throws {
    let count = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      var count = 0
      let timer = clock.schedule(at: clock.now.advanced(by: .seconds(1))) { count += 1 }
      clock.advance(by: .milliseconds(999))
      #expect(count == 0)
      clock.advance(by: .milliseconds(1))
      clock.advance(by: .seconds(1))
      timer.cancel()
      return count
    }
    #expect(count == 1)
  }

  @Test func aRingingTimerMaySetAndCancelOthers() async throws {
    let story = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      var story = ""
      let start = clock.now
      let doomed = clock.schedule(at: start.advanced(by: .seconds(2))) { story += "doomed" }
      _ = clock.schedule(at: start.advanced(by: .seconds(1))) {
        story += "a"
        doomed.cancel()
        _ = clock.schedule(at: start.advanced(by: .seconds(3))) { story += "b" }
      }
      clock.advance(by: .seconds(5))
      return story
    }
    #expect(story == "ab")
  }

  @Test func theWallClockMovesAlong() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      clock.advance(by: .milliseconds(700))
      #expect(clock.epoch == 1_700_000_000)
      #expect(clock.preciseEpoch.nanoseconds == 700_000_000)
      clock.advance(by: .milliseconds(700))
      #expect(clock.epoch == 1_700_000_001)
      #expect(clock.preciseEpoch == (1_700_000_001, 400_000_000))
    }
  }

  @Test func theRealClockIsTheMachines() {
    let before = time(nil)
    #expect((before...before + 1).contains(LoopClock.real.epoch))
    #expect((before...before + 1).contains(LoopClock.real.preciseEpoch.seconds))
    let one = LoopClock.real.now
    #expect(one <= LoopClock.real.now)
  }

  @Test func realTimersRingInOrderAndNotEarly() async throws {
    let (order, early) = try await onTestLoop {
      let start = LoopClock.real.now
      var order: [Int] = []
      var early = 0
      let gate = Gate()
      for delay in [30, 1, 20, 0, 10] {
        _ = LoopClock.real.schedule(at: start.advanced(by: .milliseconds(delay))) {
          order.append(delay)
          if start.duration(to: LoopClock.real.now) < .milliseconds(delay) { early += 1 }
          if delay == 30 { gate.open() }
        }
      }
      await gate.wait()
      return (order, early)
    }
    #expect(order == [0, 1, 10, 20, 30])
    #expect(early == 0)
  }

  @Test func cancellingEndsASleep() async throws {
    let cancelled = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let sleeper = Task { @LoopActor in
        do {
          try await clock.sleep(for: .seconds(1000))
          return false
        } catch { return error is CancellationError }
      }
      try await reach { clock.waiting == 1 }
      sleeper.cancel()
      let result = await sleeper.value
      #expect(clock.waiting == 0)
      return result
    }
    #expect(cancelled)
  }

  @Test(
    arguments: [
      (Duration.seconds(1), Int64(1_000_000_000)), (.milliseconds(-1), -1_000_000), (.zero, 0),
      (.seconds(Int64.max), .max / 2), (.seconds(Int64.min), .min / 2),
    ] as [(Duration, Int64)])
  func durationsBecomeNanoseconds(duration: Duration, expected: Int64) {
    #expect(duration.wholeNanoseconds == expected)
  }
}
