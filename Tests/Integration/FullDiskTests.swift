import Foundation
import Testing

extension Programs {
  /// The disk of the ledger and the histories is full, really: a small file system in memory, which a file fills.
  @Suite(.enabled(if: geteuid() == 0 || Project.mustRun, "needs root"))
  struct FullDiskTests {
    @Test func itIsToldOnceThereIsRoomAgainAndNothingIsLost() async throws {
      let scratch = try Scratch()
      func load(_ value: Int) -> [ScriptedNode.Service] {
        [
          .init(
            "load", config: "graph_title Load\nload.label load\nload.critical 10",
            fetch: "load.value \(value)")
        ]
      }
      let node = try await ScriptedNode(in: scratch, load(1))
      let sink = try await MailSink(in: scratch)
      // 8 MB, of which 5 are free.
      let world = try scratch.place("world")
      let settings = try scratch.write(
        """
        dbdir \(world)/known/db
        logdir \(scratch.path)
        rundir \(scratch.path)
        web_listen none
        update_rate 5
        group_wait 0
        smtp_server smtp://127.0.0.1:\(sink.port)
        smtp_from apus@example.com
        contact.admin.email admin@example.com
        [example.com;web01]
        address 127.0.0.1
        port \(node.port)
        use_node_name yes
        """, to: "munin.conf")
      let collector = try RunningProgram(
        Project.peer("tmpfs-world"),
        [world, Project.program("apus-collector"), "run", "--verbose", "--config", settings],
        in: scratch)
      _ = try await collector.waits(for: /1 node polled, 1 service/)
      // The program's own view of the folder.
      let filling = "/proc/\(collector.pid)/root\(world)/known/filling"
      try fill(filling)
      try node.say(load(12))
      let full = try await collector.waits(for: /cannot write the ledger: .*/).0
      // Which of the ledger's files finds no room first decides what SQLite says of it.
      #expect(full.contains("apus.sqlite"), "\(full)")
      _ = try await collector.waits(for: /ledger: incident \d+: opened, critical/)
      // The ledger takes no message, and both are delivered all the same.
      try await waiting(until: "two mails") { sink.mails.count >= 2 }
      try FileManager.default.removeItem(atPath: filling)
      _ = try await collector.waits(for: /the ledger is written again, nothing is lost/)
      try await waiting(until: "three mails") { sink.mails.count >= 3 }
      try await collector.end()
      let subjects = sink.mails.map(\.subject)
      #expect(subjects.count == 3, "\(subjects)")
      // It is cut at its end by a letter that a header has to encode.
      #expect(
        subjects.count { $0.contains("CRITICAL") && $0.contains("cannot_write_the_ledger") } == 1,
        "\(subjects)")
      #expect(
        subjects.count {
          $0.hasPrefix("[RESOLVED ") && $0.hasSuffix(": the ledger is written again")
        } == 1, "\(subjects)")
      #expect(
        subjects.contains("[CRITICAL] web01 load: load 12, limit 10"), "\(subjects)")
    }

    private func fill(_ path: String) throws {
      let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      guard file >= 0 else { throw Trouble("\(path): \(String(cString: strerror(errno)))") }
      defer { close(file) }
      var size = 1 << 16
      let bytes = [UInt8](repeating: 1, count: size)
      var count = 0
      while size > 0 {
        let written = write(file, bytes, size)
        count += max(0, written)
        if written < size { size /= 2 }
      }
      guard errno == ENOSPC, (1 << 20..<16 << 20).contains(count) else {
        throw Trouble("\(path): \(count) bytes, \(String(cString: strerror(errno)))")
      }
    }
  }
}
