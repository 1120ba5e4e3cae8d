import EventLoop
import TestSupport
import Testing

@Suite struct PermitsTests {
  /// Runs `count` tasks that want a permit, and lets each end when it is told.
  @LoopActor
  private final class Crowd {
    let permits: Permits
    private(set) var begun: [Int] = []
    private(set) var refused: [Int] = []
    private var ends: [Int: Gate] = [:]
    private var tasks: [Int: Task<Void, Never>] = [:]

    init(_ limit: Int) { permits = Permits(limit) }

    func come(_ number: Int) async {
      let end = Gate()
      ends[number] = end
      tasks[number] = EventLoop.start { [self] in
        let ran = await permits.run {
          begun.append(number)
          await end.wait()
          return true
        }
        if ran == nil { refused.append(number) }
      }
      await turns()
    }

    func end(_ number: Int) async {
      ends[number]!.open()
      await tasks[number]!.value
      await turns()
    }

    func cancel(_ number: Int) async {
      tasks[number]!.cancel()
      await turns()
    }

    private func turns() async { for _ in 0..<4 { await EventLoop.main.turned() } }
  }

  @Test func noMoreThanTheLimitRunAndTheOthersKeepTheirOrder() async throws {
    try await onTestLoop {
      let crowd = Crowd(2)
      for number in 1...5 { await crowd.come(number) }
      #expect(crowd.begun == [1, 2] && crowd.permits.waitingCount == 3)
      await crowd.end(2)
      #expect(crowd.begun == [1, 2, 3])
      await crowd.end(1)
      await crowd.end(3)
      #expect(crowd.begun == [1, 2, 3, 4, 5])
      await crowd.end(4)
      await crowd.end(5)
      #expect(crowd.permits.waitingCount == 0)
    }
  }

  @Test func aCancelledTaskLeavesTheQueueAndHoldsNoPermit() async throws {
    try await onTestLoop {
      let crowd = Crowd(1)
      for number in 1...3 { await crowd.come(number) }
      await crowd.cancel(2)
      #expect(crowd.refused == [2] && crowd.permits.waitingCount == 1)
      await crowd.end(1)
      #expect(crowd.begun == [1, 3])
      await crowd.end(3)
      await crowd.come(4)
      #expect(crowd.begun == [1, 3, 4])
      await crowd.end(4)
    }
  }

  /// The permit that a cancelled task was just given goes to the next one.
  @Test func aPermitGivenToACancelledTaskIsPassedOn() async throws {
    try await onTestLoop {
      let permits = Permits(1)
      #expect(await permits.acquire())
      let second = EventLoop.start { await permits.acquire() }
      let third = EventLoop.start { await permits.acquire() }
      for _ in 0..<4 { await EventLoop.main.turned() }
      permits.release()
      second.cancel()
      #expect(await !second.value)
      #expect(await third.value)
      permits.release()
      #expect(await permits.acquire())
      permits.release()
    }
  }

  @Test func aTaskThatIsCancelledBeforeGetsNone() async throws {
    try await onTestLoop {
      let permits = Permits(1)
      let task = EventLoop.start {
        withUnsafeCurrentTask { $0?.cancel() }
        return await permits.acquire()
      }
      #expect(await !task.value)
      #expect(await permits.acquire())
      permits.release()
    }
  }

  @Test func theLimitCanChangeWhileTasksWait() async throws {
    try await onTestLoop {
      let crowd = Crowd(1)
      for number in 1...4 { await crowd.come(number) }
      crowd.permits.limit = 3
      await crowd.come(5)
      #expect(crowd.begun == [1, 2, 3])
      crowd.permits.limit = 1
      await crowd.end(1)
      await crowd.end(2)
      #expect(crowd.begun == [1, 2, 3])
      await crowd.end(3)
      #expect(crowd.begun == [1, 2, 3, 4])
      await crowd.end(4)
      await crowd.end(5)
    }
  }
}
