import Glibc
import TestSupport
import Testing

@testable import EventLoop

@Suite struct BusyMeterTests {
  private static let second: Int64 = 1_000_000_000

  @Test func onlyWorkIsCounted() {
    var meter = BusyMeter()
    meter.begin(at: 0)
    meter.begin(at: 3)  // a second callback of the same look
    meter.end(at: 7)
    meter.end(at: 90)  // waiting
    #expect(meter.whole(at: 100) == (7, 7) && meter.own(at: 100) == (7, 7))
    meter.begin(at: 100)
    #expect(meter.began == 100 && meter.whole(at: 120).ever == 20)
    meter.end(at: 105)
    #expect(meter.began == nil && meter.whole(at: 120).ever == 7)
  }

  @Test func waitingForACoreIsNoOwnWork() {
    var meter = BusyMeter()
    meter.begin(at: 0)
    meter.end(at: 50, waited: 45)
    meter.begin(at: 100)
    meter.end(at: 120, waited: 2)
    #expect(meter.whole(at: 130) == (50, 50) && meter.own(at: 130) == (18, 18))
  }

  @Test func theMinuteForgets() {
    var meter = BusyMeter()
    func work(_ length: Int64, at start: Int64) {
      meter.begin(at: start)
      meter.end(at: start + length)
    }
    work(50, at: 0)
    work(30, at: 59 * Self.second)
    #expect(meter.whole(at: 60 * Self.second).recent == 50)
    work(10, at: 61 * Self.second)
    #expect(meter.whole(at: 90 * Self.second).recent == 50)
    work(20, at: 121 * Self.second)
    #expect(meter.whole(at: 122 * Self.second).recent == 20)
    #expect(meter.own(at: 122 * Self.second).recent == 20)
    #expect(meter.whole(at: 400 * Self.second) == (50, 0))
    #expect(meter.own(at: 400 * Self.second) == (50, 0))
  }

  @Test func aStartIsNoWork() {
    var meter = BusyMeter()
    meter.begin(at: 0)
    meter.forget()
    meter.end(at: 1000)
    #expect(meter.whole(at: 2000).ever == 0)
  }

  @Test func theLoopMeasuresItself() async throws {
    try await onTestLoop {
      await EventLoop.main.turned()
      usleep(40_000)
      await EventLoop.main.turned()
      let stretches = EventLoop.main.longestStretches
      #expect(stretches.ever >= .milliseconds(40) && stretches.recent >= .milliseconds(40))
    }
  }
}
