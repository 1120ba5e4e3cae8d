import EventLoop
import Foundation
import Settings
import TestSupport
import Testing

@testable import Collector

/// What would keep the collector from starting, as `check` says it.
@Suite struct StartObstaclesTests {
  private let scratch = Scratch()

  private func found(_ conf: String) throws -> [String] {
    let parsed = MasterSettings.parse([SettingsFile(name: "munin.conf", text: conf)])
    try #require(parsed.problems == [])
    return StartObstacles.find(parsed.settings)
  }

  @Test func whatCanBeHadIsNoObstacle() throws {
    let conf = """
      dbdir \(scratch.path)/a/b/db
      log_file \(scratch.path)/log
      pid_file \(scratch.path)/pid
      web_listen 127.0.0.1:0
      """
    #expect(try found(conf) == [])
    // And nothing was made.
    #expect(scratch.files(below: "", ending: "") == [])
  }

  @Test func eachIsNamedWithItsLine() throws {
    scratch.write("x", to: "file")
    let conf = """
      dbdir \(scratch.path)/file
      log_file \(scratch.path)
      pid_file \(scratch.path)/none/pid
      web_listen 192.0.2.1:4950
      """
    #expect(
      try found(conf) == [
        "munin.conf:1: dbdir: \(scratch.path)/file: expected a folder, found a regular file",
        "munin.conf:2: log_file: \(scratch.path): expected a regular file or none, found a folder",
        "munin.conf:3: pid_file: cannot make \(scratch.path)/none/pid: \(scratch.path)/none: No such file or directory",
        "munin.conf:4: web_listen: expected an address of this machine, found '192.0.2.1'",
      ])
    #expect(
      try found("dbdir \(scratch.path)/file/db\nweb_listen none") == [
        "munin.conf:1: dbdir: cannot make \(scratch.path)/file/db: Not a directory"
      ])
  }

  @Test func aPortThatIsTakenIsToldWithItsHolder() async throws {
    try await onTestLoop {
      let listener = try Listener(
        on: SocketAddress(host: "127.0.0.1", port: 0), backlog: 1)
      defer { listener.close() }
      let found = try self.found(
        "dbdir \(scratch.path)\nweb_listen 127.0.0.1:\(listener.address.port)")
      #expect(found.count == 1)
      #expect(
        found.first?.hasPrefix(
          "munin.conf:2: web_listen: port \(listener.address.port) is taken by ") == true,
        "\(found)")
    }
  }

  /// The lock of a program that lives: this test's own parent stands for munin-update.
  @Test func muninAtWorkIsSeen() throws {
    scratch.write("\(getppid())\n", to: "munin-update.lock")
    let conf = "dbdir \(scratch.path)/db\nrundir \(scratch.path)\nweb_listen none"
    let finding = try #require(try found(conf).first)
    #expect(finding.hasPrefix("\(scratch.path)/munin-update.lock: held by "), "\(finding)")
    #expect(finding.contains("(pid \(getppid())): munin writes the same files"), "\(finding)")
    let error = #expect(throws: DataFolderError.self) {
      _ = try DataFolder("\(scratch.path)/db", muninLocks: scratch.path)
    }
    #expect(error?.description == finding)
    scratch.write("4194303\n", to: "munin-update.lock")
    #expect(try found(conf) == [])
  }
}
