import Glibc
import Testing

@testable import Terminal

struct ProgressTests {
  @Test(arguments: [
    (0, 10, 0.1, "checking: 0 of 10 files (0 %)"),
    (5, 10, 0.5, "checking: 5 of 10 files (50 %)"),
    (12_000, 40_000, 2, "checking: 12000 of 40000 files (30 %), 5 s left"),
    (1, 1000, 1, "checking: 1 of 1000 files (0 %), 16 min left"),
    (11, 10, 3, "checking: 11 of 10 files (100 %), 0 s left"),
    (0, 0, 0, "checking: 0 of 0 files (100 %)"),
  ])
  func theLineSaysHowFarTheWorkIs(done: Int, total: Int, seconds: Double, line: String) {
    #expect(Progress.text("checking", done, of: total, "files", after: seconds) == line)
  }

  @Test func nothingIsWrittenWhereNoTerminalIs() throws {
    var pipes: [Int32] = [0, 0]
    try #require(pipe(&pipes) == 0)
    defer { close(pipes[0]) }
    do {
      var progress = Progress("checking", of: 2, "files", descriptor: pipes[1])
      progress.advance()
      progress.clear()
    }
    close(pipes[1])
    var bytes = [UInt8](repeating: 0, count: 100)
    #expect(read(pipes[0], &bytes, bytes.count) == 0)
  }

  @Test func aTerminalIsLeftClean() throws {
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // TIOCSPTLCK, TIOCGPTPEER
    var lock: Int32 = 0
    try #require(terminal >= 0 && ioctl(terminal, 0x4004_5431, &lock) == 0)
    let line = ioctl(terminal, 0x5441, O_RDWR | O_NOCTTY)
    try #require(line >= 0)
    defer { close(terminal) }
    do {
      var progress = Progress("checking", of: 2, "files", descriptor: line)
      progress.advance()
      progress.advance()
    }
    // The kernel passes on in parts what was written. After the last part the closed line is an error, EIO.
    close(line)
    var written: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 200)
    while true {
      let count = read(terminal, &bytes, bytes.count)
      guard count > 0 else { break }
      written += bytes.prefix(count)
    }
    let text = String(decoding: written, as: UTF8.self)
    // The second is within a tenth of a second of the first.
    #expect(text.hasPrefix("\rchecking: 1 of 2 files (50 %)\u{1B}[K"))
    #expect(text.hasSuffix("\r\u{1B}[K"))
  }
}
