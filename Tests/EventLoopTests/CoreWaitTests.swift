import CLinux
import Glibc
import TestSupport
import Testing

@testable import EventLoop

@Suite struct CoreWaitTests {
  private static let millisecond: Int64 = 1_000_000

  @Test func whatWasWaitedInAStretchIsTold() {
    var waited: Int64 = 500
    let core = CoreWait { waited }
    core.begin(at: 1000 * Self.millisecond)
    waited += 30 * Self.millisecond
    #expect(
      core.waited(from: 1000 * Self.millisecond, to: 1050 * Self.millisecond) == 30
        * Self.millisecond)
    // Too short to look into.
    #expect(core.waited(from: 1000 * Self.millisecond, to: 1000 * Self.millisecond + 900) == 0)
  }

  /// Two readings are a millisecond apart at least, so that one may be of before the stretch.
  @Test func whatMayHaveBeenWaitedBeforeIsNotOfTheStretch() {
    var waited: Int64 = 0
    var readings = 0
    let core = CoreWait {
      readings += 1
      return waited
    }
    core.begin(at: 0)
    core.begin(at: 400_000)
    core.begin(at: 999_999)
    #expect(readings == 1)
    waited = 5 * Self.millisecond
    #expect(core.waited(from: 999_999, to: 20 * Self.millisecond) == 5 * Self.millisecond - 999_999)
    core.begin(at: 30 * Self.millisecond)
    #expect(core.waited(from: 30 * Self.millisecond, to: 40 * Self.millisecond) == 0)
  }

  @Test func noMoreIsWaitedThanTheStretchIsLong() {
    var waited: Int64 = 0
    let core = CoreWait { waited }
    #expect(core.waited(from: 0, to: 2 * Self.millisecond) == 0)
    core.begin(at: 0)
    waited = 90 * Self.millisecond
    #expect(core.waited(from: 0, to: 2 * Self.millisecond) == 2 * Self.millisecond)
  }

  /// More threads than cores: the kernel counts how long this one waits for its turn.
  @Test func theKernelsCountIsRead() {
    // Where the kernel does not count there is nothing to read.
    guard let core = CoreWait.ofThisThread() else { return }
    spinning.with { $0 = true }
    defer { spinning.with { $0 = false } }
    for _ in 0..<2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) {
      _ = clinux_thread_start("spin", 0, { _ in while spinning.with({ $0 }) {} }, nil)
    }
    let began = LoopClock.real.now.nanoseconds
    core.begin(at: began)
    var (now, waited) = (began, Int64(0))
    while waited == 0, now - began < 30_000 * Self.millisecond {
      now = LoopClock.real.now.nanoseconds
      waited = core.waited(from: began, to: now)
    }
    #expect(waited > 0 && waited <= now - began)
  }
}

private let spinning = Locked(false)
