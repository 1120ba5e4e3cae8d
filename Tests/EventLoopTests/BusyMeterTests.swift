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
    #expect(meter.stretches(at: 100).longest == 7 && meter.stretches(at: 100).recent == 7)
    meter.begin(at: 100)
    #expect(meter.isBusy && meter.stretches(at: 120).longest == 20)
    meter.end(at: 105)
    #expect(meter.stretches(at: 120).longest == 7)
  }

  @Test func theMinuteForgets() {
    var meter = BusyMeter()
    func work(_ length: Int64, at start: Int64) {
      meter.begin(at: start)
      meter.end(at: start + length)
    }
    work(50, at: 0)
    work(30, at: 59 * Self.second)
    #expect(meter.stretches(at: 60 * Self.second).recent == 50)
    work(10, at: 61 * Self.second)
    #expect(meter.stretches(at: 90 * Self.second).recent == 50)
    work(20, at: 121 * Self.second)
    #expect(meter.stretches(at: 122 * Self.second).recent == 20)
    #expect(meter.stretches(at: 400 * Self.second).recent == 0)
    #expect(meter.stretches(at: 400 * Self.second).longest == 50)
  }

  @Test func aStartIsNoWork() {
    var meter = BusyMeter()
    meter.begin(at: 0)
    meter.forget()
    meter.end(at: 1000)
    #expect(meter.stretches(at: 2000).longest == 0)
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
