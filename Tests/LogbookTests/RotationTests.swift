import EventLoop
import Foundation
import Logbook
import TestSupport
import Testing

/// A log file that others move away.
struct RotationTests {
  private let folder: TemporaryFolder
  private let seconds = Locked(0)
  private let log: Logbook

  init() throws {
    folder = try TemporaryFolder()
    let seconds = seconds
    log = try Logbook(to: .file("\(folder.path)/log"), now: { seconds.with { $0 } })
  }

  private func tick() { seconds.with { $0 += 1 } }

  private func rotate(to name: String) throws {
    try FileManager.default.moveItem(atPath: "\(folder.path)/log", toPath: "\(folder.path)/\(name)")
  }

  /// The texts in a file, without their stamps.
  private func texts(_ name: String) -> [String] {
    (folder.read(name) ?? "").split(separator: "\n").map { line in
      line.components(separatedBy: "] ").last ?? ""
    }
  }

  @Test func onDemand() throws {
    log.note("one")
    try rotate(to: "log.1")
    log.note("two")
    try log.reopen()
    log.note("three")
    #expect(texts("log.1") == ["one", "two"])
    #expect(texts("log") == ["three"])
  }

  @Test func byItself() throws {
    log.note("one")
    try rotate(to: "log.1")
    tick()
    log.note("two")
    #expect(texts("log.1") == ["one"])
    // Another file at the same path, as logrotate's `create` makes it.
    try rotate(to: "log.2")
    try folder.write("log", "")
    tick()
    log.note("three")
    #expect(texts("log.2") == ["two"])
    #expect(texts("log") == ["three"])
  }

  /// A look costs a system call: one a second is enough.
  @Test func atMostOnceASecond() throws {
    tick()
    log.note("one")
    try rotate(to: "log.1")
    log.note("two")
    #expect(texts("log.1") == ["one", "two"] && folder.read("log") == nil)
    tick()
    log.note("three")
    #expect(texts("log.1") == ["one", "two"] && texts("log") == ["three"])
  }

  /// `copytruncate`: lines go on at the new end.
  @Test func byCopying() throws {
    log.note(String(repeating: "x", count: 100))
    truncate("\(folder.path)/log", 0)
    tick()
    log.note("two")
    #expect(texts("log") == ["two"])
  }

  @Test func aPlaceThatIsGoneCostsNoLine() throws {
    try folder.write("deep/.keep", "")
    let seconds = seconds
    let log = try Logbook(to: .file("\(folder.path)/deep/log"), now: { seconds.with { $0 } })
    let moved = "\(folder.path)/moved"
    try FileManager.default.moveItem(atPath: "\(folder.path)/deep", toPath: moved)
    for text in ["one", "two"] {
      tick()
      log.note(text)
    }
    #expect(
      texts("moved/log")
        == ["open \(folder.path)/deep/log: No such file or directory", "one", "two"])
    #expect(throws: IOError.self) { try log.reopen() }
    try folder.write("deep/.keep", "")
    tick()
    log.note("three")
    #expect(texts("deep/log") == ["three"] && texts("moved/log").count == 3)
  }

  @Test func settingsThatChangeMoveIt() throws {
    log.note("one")
    try log.adopt(.file("\(folder.path)/other"), severity: .warning)
    log.note("not wanted")
    log.note("two", .warning)
    #expect(texts("log") == ["one"] && texts("other") == ["two"])
    #expect(throws: IOError.self) { try log.adopt(.file("/nonexistent/x"), severity: .debug) }
    log.note("not wanted")
    log.note("three", .failure)
    #expect(texts("other") == ["two", "three"])
  }
}
