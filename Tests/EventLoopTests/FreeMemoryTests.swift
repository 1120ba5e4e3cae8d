import Glibc
import TestSupport
import Testing

@testable import EventLoop

/// Memory that the allocator keeps is given back to the kernel after a large output of a child.
struct FreeMemoryTests {
  /// The pages of this process in memory.
  private func residentPages() throws -> Int {
    let file = try #require(fopen("/proc/self/statm", "r"))
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 200)
    _ = try #require(fgets(&line, 200, file))
    let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      .split(separator: " ")
    return try #require(Int(words[1]))
  }

  private func output(_ bytes: Int) async throws -> (count: Int, isPlanned: Bool) {
    try await onTestLoop {
      let outcome = try await ChildProcess.run(
        ChildProgram(path: "/usr/bin/head", arguments: ["-c", "\(bytes)", "/dev/zero"]),
        within: .seconds(30))
      return (outcome.output.count, FreeMemory.isPlanned)
    }
  }

  /// Waits for what is planned: within two seconds, or much later where the machine is busy.
  private func isOver() async throws -> Bool {
    try await onTestLoop {
      for _ in 0..<3000 where FreeMemory.isPlanned {
        try await LoopClock.real.sleep(for: .milliseconds(10))
      }
      return !FreeMemory.isPlanned
    }
  }

  @Test func aSmallOutputPlansNothing() async throws {
    #expect(try await isOver())
    let (count, isPlanned) = try await output((1 << 20) - 1)
    #expect(count == (1 << 20) - 1 && !isPlanned)
  }

  @Test func aLargeOutputGivesFreeMemoryBack() async throws {
    #expect(try await isOver())
    // Blocks of which the last stays in use, so that the allocator cannot give back the others by itself.
    let blocks = (0..<100_000).map { _ in
      let block = malloc(300)!
      memset(block, 1, 300)
      return block
    }
    for block in blocks.dropLast() { free(block) }
    defer { free(blocks.last!) }
    let before = try residentPages()
    let (count, isPlanned) = try await output(1 << 20)
    #expect(count == 1 << 20 && isPlanned)
    #expect(try await isOver())
    let given = (before - (try residentPages())) * Int(sysconf(Int32(_SC_PAGESIZE)))
    // Of 30 MB.
    #expect(given > 15 << 20, "\(given) bytes were given back")
  }
}
