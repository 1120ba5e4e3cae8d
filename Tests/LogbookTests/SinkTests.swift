import EventLoop
import Foundation
import TestSupport
import Testing

@testable import Logbook

/// Where lines go, and what happens when they cannot.
struct SinkTests {
  /// Two ends of a pipe that do not wait.
  private struct Pipe: ~Copyable {
    let reading: Int32
    let writing: Int32

    init() {
      var ends: [Int32] = [0, 0]
      pipe(&ends)
      for end in ends {
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      }
      (reading, writing) = (ends[0], ends[1])
    }

    deinit {
      close(reading)
      close(writing)
    }

    func fill() {
      let block = [UInt8](repeating: UInt8(ascii: "."), count: 4096)
      while write(writing, block, block.count) > 0 {}
    }

    /// What is in it, without what ``fill()`` put there.
    func drain() -> String {
      var text = ""
      var buffer = [UInt8](repeating: 0, count: 65536)
      while case let count = read(reading, &buffer, buffer.count), count > 0 {
        text += String(decoding: buffer[..<count].filter { $0 != UInt8(ascii: ".") }, as: UTF8.self)
      }
      return text
    }
  }

  // MARK: Severities

  @Test(arguments: Logbook.Severity.allCases)
  func lessImportantLinesAreNotWritten(severity: Logbook.Severity) throws {
    let folder = try TemporaryFolder()
    let log = try Logbook(to: .file("\(folder.path)/log"), severity: severity)
    for each in Logbook.Severity.allCases { log.note("\(each)", each) }
    let lines = (folder.read("log") ?? "").split(separator: "\n")
    let words = lines.map { $0.split(separator: " ").last.map(String.init) ?? "" }
    let all = ["failure", "warning", "notice", "info", "debug"]
    #expect(words == Array(all.prefix(severity.rawValue + 1)))
  }

  @Test func aLineThatIsNotWantedIsNotEvenMade() throws {
    let folder = try TemporaryFolder()
    let log = try Logbook(to: .file("\(folder.path)/log"))
    func text() -> String {
      Issue.record("made")
      return ""
    }
    log.note(text(), .info)
    #expect(folder.read("log") == "")
  }

  // MARK: stderr

  @Test func theJournalIsToldTheSeverity() throws {
    let pipe = Pipe()
    var status = stat()
    fstat(pipe.writing, &status)
    let stream = "\(status.st_dev):\(status.st_ino)"
    var sink = StandardError(descriptor: pipe.writing) { $0 == "JOURNAL_STREAM" ? stream : nil }
    sink.write("it broke", .failure)
    sink.write("it goes on", .notice)
    #expect(pipe.drain() == "<3>it broke\n<5>it goes on\n")
  }

  /// A variable that was inherited says nothing about where stderr leads.
  @Test(arguments: [nil, "", "1:2", "9999999999999999999999:x"])
  func elsewhereLinesHaveStamps(stream: String?) throws {
    let pipe = Pipe()
    var sink = StandardError(descriptor: pipe.writing) { _ in stream }
    sink.write("it broke", .failure)
    #expect(
      try /\d{4}\/\d\d\/\d\d-\d\d:\d\d:\d\d \[\d+\] it broke\n/.wholeMatch(in: pipe.drain()) != nil)
  }

  // MARK: Full

  @Test func aFullDiskCostsLinesAndNothingElse() throws {
    let log = try Logbook(to: .file("/dev/full"))
    for _ in 0..<100 { log.note("lost") }
    try log.reopen()
  }

  /// A reader that stands still does not hold up the program, and hears later how much it missed.
  @Test(.timeLimit(.minutes(1))) func lostLinesAreCounted() throws {
    let pipe = Pipe()
    var writer = LineWriter(descriptor: pipe.writing)
    // As stderr mostly is: a write would wait.
    let flags = fcntl(pipe.writing, F_GETFL)
    pipe.fill()
    _ = fcntl(pipe.writing, F_SETFL, flags & ~O_NONBLOCK)
    for _ in 0..<3 { writer.write("lost", .notice) { text, _ in text + "\n" } }
    #expect(pipe.drain() == "")
    writer.write("kept", .notice) { text, severity in "\(severity) \(text)\n" }
    writer.write("too", .notice) { text, severity in "\(severity) \(text)\n" }
    #expect(
      pipe.drain()
        == "warning 3 lines were lost: Resource temporarily unavailable\nnotice kept\nnotice too\n")
  }

  /// The rest of a line that did not fit is not taken for the beginning of the next one.
  @Test func aTornLineStaysALineOfItsOwn() throws {
    let pipe = Pipe()
    var writer = LineWriter(descriptor: pipe.writing)
    let big = String(repeating: "x", count: 100_000)
    writer.write(big, .notice) { text, _ in text + "\n" }
    let torn = pipe.drain()
    #expect(torn.utf8.count < 100_000 && !torn.contains("\n"))
    writer.write("next", .notice) { text, _ in text + "\n" }
    #expect(pipe.drain() == "\n1 line was lost: No space left on device\nnext\n")
  }

  // MARK: syslog

  /// A syslog daemon of the test's own.
  private final class Daemon {
    let path: String
    private let descriptor: Int32

    init(_ folder: TemporaryFolder) throws {
      path = "\(folder.path)/log"
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      #expect(result == 0)
    }

    deinit { close(descriptor) }

    func next() -> String? {
      var buffer = [UInt8](repeating: 0, count: 65536)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  @Test func syslogGetsFacilitySeverityAndIdentity() throws {
    let folder = try TemporaryFolder()
    let daemon = try Daemon(folder)
    let log = try Logbook(
      to: .syslog(identity: "node", facility: 16, socket: daemon.path), severity: .info)
    log.note("it\nbroke", .failure)
    log.note("all well", .info)
    log.note("not wanted", .debug)
    let first = try #require(daemon.next())
    // local0 is 16, err 3; info 6.
    let form =
      /<131>(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 123]\d \d\d:\d\d:\d\d node\[\d+\]: it broke/
    #expect(try form.wholeMatch(in: first) != nil, "\(first)")
    #expect(first.contains("[\(getpid())]"))
    #expect(try #require(daemon.next()).hasPrefix("<134>"))
    #expect(daemon.next() == nil)
    try log.reopen()
  }

  /// A syslog daemon that stands still or is gone does not hold up the program.
  @Test(.timeLimit(.minutes(1))) func aSyslogThatTakesNothingIsNotWaitedFor() throws {
    let folder = try TemporaryFolder()
    let daemon = try Daemon(folder)
    let message = Array("x".utf8)
    let error = #expect(throws: IOError.self) {
      while true { try LocalDatagram.send(message, to: daemon.path) }
    }
    guard case .system("send to", daemon.path, EAGAIN)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(throws: IOError.system(call: "send to", subject: "\(folder.path)/no", code: ENOENT)) {
      try LocalDatagram.send(message, to: "\(folder.path)/no")
    }
    #expect(throws: IOError.self) {
      try LocalDatagram.send(message, to: "/" + String(repeating: "x", count: 200))
    }
    #expect(throws: IOError.self) { try LocalDatagram.send(message, to: "") }
  }
}
