import Foundation
import Testing

extension Programs {
  /// From munin to `apus-collector` on the same munin.conf and the same data, and back again.
  @Suite struct WayBackTests {
    private let scratch: Scratch
    private let master: MuninMaster
    private let node: ScriptedNode

    init() async throws {
      scratch = try Scratch()
      node = try await ScriptedNode(in: scratch, WayBackTests.services("Before", 1))
      master = try await MuninMaster(
        in: scratch, nodes: ["example.com;web01": node.port])
    }

    private static func services(_ title: String, _ value: Int) -> [ScriptedNode.Service] {
      [
        .init(
          "load", config: "graph_title \(title)\ngraph_category system\nload.label load",
          fetch: "load.value \(value)"),
        .init(
          "disk",
          config: """
            multigraph disk
            graph_title \(title) disk
            total.label total
            total.type DERIVE
            multigraph disk.sda
            graph_title \(title) sda
            rd.label rd
            """,
          fetch: "multigraph disk\ntotal.value \(value * 100)\nmultigraph disk.sda\nrd.value 5"),
      ]
    }

    private func collector(_ words: String...) async throws -> (
      ending: Ending, output: String, errors: String
    ) {
      try await run(
        Project.program("apus-collector"),
        words + ["--config", "\(scratch.path)/master/munin.conf"], in: scratch)
    }

    private let file = "example.com/web01-load-load-g.rrd"

    /// librrd takes one value in a second.
    private func nextSecond() async throws {
      let last = try await master.rrd(file).last().time
      try await waiting(until: "the next second") { time(nil) > last }
    }

    @Test func muninGoesOnWhereTheCollectorStopped() async throws {
      try await master.run("update")
      let former = scratch.read("master/db/datafile")
      #expect(former.contains("example.com;web01:load.graph_title Before\n"))

      try node.say(Self.services("Meanwhile", 2))
      try await nextSecond()
      let poll = try await collector("poll")
      #expect(poll.ending == .exit(0), "\(poll)")
      #expect(try await master.rrd(file).last().text == "2")
      let own = scratch.read("master/db/datafile")
      // Line by line the same as munin's, but for the titles; in another order.
      #expect(
        own.split(separator: "\n").sorted()
          == former.replacing("Before", with: "Meanwhile").split(separator: "\n").sorted())
      let statistics = scratch.read("master/db/munin-update.stats")
      #expect(statistics.hasPrefix("UD|example.com;web01|") && statistics.contains("\nUT|"))

      master.forgetLogs()
      for program in ["limits", "html", "graph"] {
        try await master.run(program)
        #expect(master.complaints(of: program).prefix(3) == [], "munin-\(program)")
      }
      let pages = scratch.files(below: "master/html", ending: ".html")
      #expect(pages.contains("example.com/web01/disk/sda.html"), "\(pages)")
      #expect(
        scratch.read("master/html/example.com/web01/index.html").contains("Meanwhile"))
      let pictures = scratch.files(below: "master/html", ending: ".png")
      for picture in ["load-day", "disk-day", "disk/sda-week"] {
        #expect(pictures.contains("example.com/web01/\(picture).png"), "\(pictures)")
      }

      // A node that munin cannot reach keeps what the collector has written.
      try await node.becomes("down")
      try? await master.run("update")
      #expect(
        scratch.read("master/db/datafile").contains(
          "example.com;web01:load.graph_title Meanwhile\n"))
      try node.say(Self.services("After", 3))
      try await node.becomes("up")
      try await nextSecond()
      master.forgetLogs()
      try await master.run("update")
      #expect(master.complaints(of: "update").prefix(3) == [])
      #expect(try await master.rrd(file).last().text == "3")
      #expect(
        scratch.read("master/db/datafile").contains("example.com;web01:load.graph_title After\n"))
    }

    @Test func theCollectorDoesNotStartWhileMuninIsAtWork() async throws {
      let busy = try RunningProgram("/bin/sleep", ["60"], in: scratch)
      try scratch.write("\(busy.pid)", to: "master/run/munin-update.lock")
      let poll = try await collector("poll")
      #expect(poll.ending == .exit(1))
      #expect(
        poll.errors.hasSuffix(
          "apus-collector: \(scratch.path)/master/run/munin-update.lock: held by sleep (pid \(busy.pid)): "
            + "munin writes the same files; disable its cron job (/etc/cron.d/munin), "
            + "and start apus-collector when that process has ended\n"), "\(poll.errors)")
      let check = try await collector("check")
      #expect(check.errors.contains("held by sleep (pid \(busy.pid))"), "\(check.errors)")
      busy.kill()
      #expect(try await collector("poll").ending == .exit(0))
    }

    /// Files of another user are refused with the command that gives them to this one; a root that polls is their owner.
    @Test(.enabled(if: canMount, "needs root, to become other users"))
    func filesOfAnotherUserAreRefused() async throws {
      let (program, config, db) = try await forOtherUsers()
      let nobody = [
        "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", program, "poll", "--config",
        config,
      ]
      // As root: nobody's folder is nobody's, whoever asks.
      #expect(
        try await run(program, ["poll", "--config", config], in: scratch).ending == .exit(0))
      #expect(master.files.contains(file))
      var status = stat()
      for name in ["apus.sqlite", file] {
        #expect(lstat("\(db)/\(name)", &status) == 0 && status.st_uid == 65534, "\(name)")
      }
      // Somebody has used root for once.
      chown("\(db)/\(file)", 0, 0)
      chown("\(db)/apus.sqlite", 0, 0)
      let refused = try await run("/usr/bin/setpriv", nobody, in: scratch)
      #expect(refused.ending == .exit(1))
      #expect(
        refused.errors
          == "apus-collector: dbdir \(db): \(db)/apus.sqlite and 1 more are not writable for user nobody: "
          + "owner root: chown -R nobody:nogroup \(db)/apus.sqlite \(db)/example.com\n")
      try await follow(refused.errors)
      #expect(try await run("/usr/bin/setpriv", nobody, in: scratch).ending == .exit(0))
    }

    /// Where nobody can run the collector: the program, munin.conf, and a folder of nobody's.
    private func forOtherUsers() async throws -> (program: String, config: String, db: String) {
      chmod(scratch.path, 0o755)
      let program = try scratch.place("copy/apus-collector")
      _ = try await run("/bin/cp", [Project.program("apus-collector"), program], in: scratch)
      chmod("\(scratch.path)/copy", 0o755)
      chmod(program, 0o755)
      let db = "\(scratch.path)/master/db"
      let config = try scratch.write(
        "dbdir \(db)\nweb_listen none\n[example.com;web01]\naddress 127.0.0.1\nport \(node.port)\nuse_node_name yes\n",
        to: "own/munin.conf")
      chmod("\(scratch.path)/own", 0o755)
      chmod(config, 0o644)
      for folder in ["master", "master/db"] { chmod("\(scratch.path)/\(folder)", 0o755) }
      chown(db, 65534, 65534)
      return (program, config, db)
    }

    /// Runs the `chown` that a message ends with.
    private func follow(_ message: String) async throws {
      let command = String(message[try #require(message.range(of: "chown")).lowerBound...])
      let line = String(command.prefix { $0 != "\n" })
      #expect(try await run("/bin/sh", ["-c", line], in: scratch).ending == .exit(0))
    }

    /// `check` is called by root, and looks with the eyes of the user who will run the collector.
    @Test(.enabled(if: canMount, "needs root, to become other users"))
    func checkLooksAsTheOwnerOfTheFolder() async throws {
      let (program, config, db) = try await forOtherUsers()
      func check() async throws -> (ending: Ending, output: String, errors: String) {
        try await run(program, ["check", "--config", config], in: scratch)
      }
      #expect(try await run(program, ["poll", "--config", config], in: scratch).ending == .exit(0))
      #expect(try await check().errors == "")
      // An RRD file that root has moved to another disk; with -R chown would not follow the link.
      let moved = try scratch.place("moved/load.rrd")
      for (from, to) in [("\(db)/\(file)", moved)] {
        #expect(rename(from, to) == 0)
        try FileManager.default.createSymbolicLink(atPath: from, withDestinationPath: to)
      }
      chmod("\(scratch.path)/moved", 0o755)
      chown(moved, 0, 0)
      let linked = try await check()
      #expect(linked.ending == .exit(0))
      #expect(
        linked.errors
          == "apus-collector: warning: dbdir \(db): \(db)/\(file) is not writable for user nobody: owner root: "
          + "chown nobody:nogroup \(moved)\n")
      try await follow(linked.errors)
      #expect(try await check().errors == "")
      // Beside it a file that is none of a link's.
      chown(moved, 0, 0)
      chown("\(db)/apus.sqlite", 0, 0)
      let both = try await check()
      #expect(
        both.errors.contains(
          "chown -R nobody:nogroup \(db)/apus.sqlite && chown nobody:nogroup \(moved)\n"),
        "\(both.errors)")
      try await follow(both.errors)
      #expect(try await check().errors == "")
      // It leaves nothing behind that the owner could not write.
      #expect(try await run(program, ["poll", "--config", config], in: scratch).ending == .exit(0))
    }

    @Test func fromCronADeadNodeIsToldOnce() async throws {
      try await node.becomes("down")
      let first = try await collector("poll")
      #expect(first.ending == .exit(1) && first.errors.contains("example.com;web01: "), "\(first)")
      let second = try await collector("poll")
      #expect(second.ending == .exit(1) && second.output == "")
      // What is wrong with munin.conf is another matter.
      #expect(!second.errors.contains("web01") && !second.errors.contains("answer"), "\(second)")
      let watched = try await collector("poll", "--verbose")
      #expect(
        watched.errors.contains("still failing: ") && watched.errors.contains("did not answer"))
      try await node.becomes("up")
      #expect(try await collector("poll").errors.contains("example.com;web01: reachable again"))
    }
  }
}
