import EventLoop
import Foundation
import Logbook
import TestSupport
import Testing

struct LogbookTests {
  @Test func aLineHasTimeAndProcess() throws {
    let folder = try TemporaryFolder()
    let log = try Logbook(to: .file("\(folder.path)/log"))
    log.note("hello")
    log.note("again")
    let lines = (folder.read("log") ?? "").split(separator: "\n")
    #expect(lines.count == 2)
    let form = /\d{4}\/\d\d\/\d\d-\d\d:\d\d:\d\d \[\d+\] hello/
    #expect(try form.wholeMatch(in: lines[0]) != nil)
  }

  /// What others write may not forge lines or steer a terminal.
  @Test func aLineStaysOne() throws {
    let folder = try TemporaryFolder()
    let log = try Logbook(to: .file("\(folder.path)/log"))
    log.note("a\nb\rc\u{1B}[31m\0d\u{7F}\u{9B}")
    log.note(String(repeating: "x", count: 100_000))
    let lines = (folder.read("log") ?? "").split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasSuffix("] a b c [31m d  "))
    #expect(lines[1].utf8.count < 4200)
  }

  @Test func aLogThatCannotBeOpenedIsNamed() {
    let error = #expect(throws: IOError.self) { try Logbook(to: .file("/nonexistent/x")) }
    #expect(error?.description == "open /nonexistent/x: No such file or directory")
  }

  @Test func linesOfManyThreadsStayWhole() async throws {
    let folder = try TemporaryFolder()
    let log = try Logbook(to: .file("\(folder.path)/log"))
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask { for _ in 0..<100 { log.note(String(repeating: "\(number)", count: 200)) } }
      }
    }
    let lines = (folder.read("log") ?? "").split(separator: "\n")
    #expect(lines.count == 800)
    #expect(lines.allSatisfy { Set($0.suffix(200)).count == 1 })
  }
}
