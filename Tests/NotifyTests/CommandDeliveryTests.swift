import Foundation
import Notify
import TestSupport
import Testing

@Suite struct CommandDeliveryTests {
  init() { startTestLoop() }

  @Test func theTextArrivesAsItIs() async throws {
    let folder = try TemporaryFolder()
    try await CommandDelivery().deliver("größe\n", to: "cat > \(folder.path)/mail")
    #expect(folder.read("mail") == "größe\n")
  }

  @Test(arguments: [
    ("exit 3", "exit status 3"),
    ("echo no route >&2; echo more >&2; exit 75", "exit status 75: no route"),
    (#"printf '\033[2Jx\000y' >&2; exit 1"#, "exit status 1: [2Jx y"),
    ("kill -9 $$", "signal 9"),
    ("nonexistent-program", "nonexistent-program: not found"),
  ])
  func failureIsNamed(command: String, words: String) async throws {
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await CommandDelivery().deliver("text", to: command)
    }
    #expect(failure?.description.contains(words) == true, "\(String(describing: failure))")
    #expect(failure?.isPermanent == false)
  }

  @Test func aCommandThatDoesNotReadIsNoFailure() async throws {
    try await CommandDelivery().deliver(String(repeating: "x", count: 99_000), to: "exec true")
    try await CommandDelivery().deliver(
      String(repeating: "x", count: 99_000), to: "exec <&-; sleep 0.05; exit 0")
  }

  @Test func aCommandThatComplainsWithoutEndIsRead() async throws {
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await CommandDelivery().deliver(
        "x", to: "head -c 3000000 /dev/zero | tr '\\0' 'e' >&2; exit 1")
    }
    #expect(failure.map { $0.description.count < 400 } == true)
  }

  @Test func theWholeGroupIsKilledAtTheLimit() async throws {
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await CommandDelivery(timeLimit: .milliseconds(300)).deliver(
        "x", to: "sleep 100 & echo $! > \(folder.path)/child; wait")
    }
    #expect(ContinuousClock.now - start < .seconds(60))
    #expect(failure?.isTimeout == true)
    #expect(failure?.description.hasSuffix("still running after 300 ms, killed") == true)
    let child = try #require(folder.read("child").flatMap { Int32($0.dropLast()) })
    #expect(isGone(child))
  }

  /// It may have delivered already, and would be run again at the next start.
  @Test func aCommandUnderWayIsNotEndedByACancelledCaller() async throws {
    let folder = try TemporaryFolder()
    let work = Task {
      try await CommandDelivery().deliver(
        "x",
        to:
          "F=\(folder.path); : > $F/begun; while [ ! -e $F/go ]; do sleep 0.01; done; cat > $F/mail"
      )
    }
    while folder.read("begun") == nil { try await Task.sleep(for: .milliseconds(1)) }
    work.cancel()
    _ = FileManager.default.createFile(atPath: "\(folder.path)/go", contents: nil)
    try await work.value
    #expect(folder.read("mail") == "x")
  }

  @Test func aCommandThatComplainsForEverIsKilled() async throws {
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await CommandDelivery().deliver("x", to: "exec yes >&2")
    }
    #expect(failure?.description.hasSuffix("wrote more than 8 MiB to stderr, killed") == true)
    #expect(failure?.isTimeout == false)
  }

  @Test func whatACommandLeavesBehindLives() async throws {
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    try await CommandDelivery().deliver(
      "x", to: "sleep 100 & echo $! > \(folder.path)/child")
    #expect(ContinuousClock.now - start < .seconds(60))
    let child = try #require(folder.read("child").flatMap { Int32($0.dropLast()) })
    #expect(kill(child, SIGKILL) == 0)
  }

  @Test func theCommandStartsAsFromALogin() async throws {
    let folder = try TemporaryFolder()
    try await CommandDelivery().deliver(
      "x",
      to: """
        { ls -1 /proc/self/fd | wc -l; awk '/^Sig(Blk|Ign)/ { print $2 }' /proc/self/status; \
        ps -o sid= -p $$; echo $$; } | tr -d ' ' > \(folder.path)/state
        """)
    let lines = folder.read("state")?.split(separator: "\n").map(String.init) ?? []
    try #require(lines.count == 5)
    // Standard input, output and error, and the folder that ls itself reads.
    #expect(lines[0] == "4")
    #expect(lines[1] == "0000000000000000")
    // The signals above 31 are the threads library's own.
    #expect(UInt64(lines[2], radix: 16).map { $0 & 0x7fff_ffff } == 0)
    #expect(lines[3] == lines[4])
  }
}

/// Whether the process has ended; it may still be waiting for its new parent.
private func isGone(_ pid: Int32) -> Bool {
  for _ in 0..<200 {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
      return true
    }
    if status.contains(") Z ") { return true }
    usleep(5000)
  }
  return false
}

/// Counts from 0, from any thread.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  func next() -> Int {
    lock.withLock {
      defer { count += 1 }
      return count
    }
  }
}
