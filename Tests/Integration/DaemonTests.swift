import Foundation
import Testing

extension Programs {
  /// The node as a daemon: its files, signals and sockets.
  @Suite struct DaemonTests {
    private let node = Project.program("apus-node")

    private func link(_ name: String, in scratch: Scratch) throws {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.place("services/\(name)"), withDestinationPath: node)
    }

    private func list(_ port: Int) throws -> String? {
      try converse(with: port, "list\nquit\n").split(separator: "\n").dropFirst().first
        .map(String.init)
    }

    @Test func newLinksAndSettingsAreNoticed() async throws {
      let scratch = try Scratch()
      try link("load", in: scratch)
      let running = try await startNode(in: scratch, settings: "")
      #expect(try list(running.port) == "load")
      try link("uptime", in: scratch)
      try await waiting(until: "the new link") { try list(running.port) == "load uptime" }
      try scratch.write("[load]\nenv.load_warning 5\n", to: "plugin-conf.d/more")
      try await waiting(until: "the new limit") {
        try converse(with: running.port, "config load\nquit\n").contains("load.warning 5\n")
      }
      // A wrong line is told, and what was right stays.
      try scratch.write("[load]\nenv.load_warning 6\nnonsense\n", to: "plugin-conf.d/more")
      _ = try await running.program.waits(for: /more:3: unknown key 'nonsense'/)
      #expect(try converse(with: running.port, "config load\nquit\n").contains("load.warning 5\n"))
      try FileManager.default.removeItem(atPath: "\(scratch.path)/services/load")
      try scratch.write("", to: "plugin-conf.d/more")
      try await waiting(until: "the end of the link") { try list(running.port) == "uptime" }
    }

    @Test func hangUpReadsAllAgain() async throws {
      let scratch = try Scratch()
      let running = try await startNode(in: scratch)
      #expect(try converse(with: running.port, "quit\n") != "")
      let config = "\(scratch.path)/apus-node.conf"
      let old = try String(contentsOfFile: config, encoding: .utf8)
      try scratch.write(old + "\nallow ^127(\n", to: "apus-node.conf")
      running.program.send(SIGHUP)
      _ = try await running.program.waits(for: /reload failed, the old settings stay in force/)
      #expect(running.program.errors.contains("\(config):9: allow: "), "\(running.program.errors)")
      #expect(try converse(with: running.port, "quit\n") != "")
      try scratch.write(old + "\ndeny ^127.*\n", to: "apus-node.conf")
      running.program.send(SIGHUP)
      _ = try await running.program.waits(for: /settings reloaded/)
      // Not a byte, whether the connection ends or is reset.
      #expect(((try? converse(with: running.port, "quit\n")) ?? "") == "")
      #expect(try await running.program.end() == .exit(0))
    }

    @Test func hangUpMovesTheNodeOrLeavesAllAsItWas() async throws {
      let scratch = try Scratch()
      let running = try await startNode(in: scratch)
      let config = "\(scratch.path)/apus-node.conf"
      let old = try String(contentsOfFile: config, encoding: .utf8)
      let other = try freePort()
      // Half of it could be done: then nothing is.
      try scratch.write(
        old.replacing("port 0", with: "port \(other)") + "\nlog_file /nonexistent/log\n",
        to: "apus-node.conf")
      running.program.send(SIGHUP)
      _ = try await running.program.waits(for: /reload failed, the old settings stay in force/)
      #expect(try converse(with: running.port, "quit\n") == "# munin node at apus.example\n")
      #expect(throws: (any Error).self) { try converse(with: other, "quit\n") }
      // From all addresses to one, at the same port, under another name.
      for (host, name) in [("*", "first"), ("127.0.0.1", "second")] {
        try scratch.write(
          old.replacing("port 0", with: "port \(other)")
            .replacing("host 127.0.0.1", with: "host \(host)")
            .replacing("apus.example", with: name) + "\npid_file \(scratch.path)/pid-\(name)\n",
          to: "apus-node.conf")
        running.program.send(SIGHUP)
        try await waiting(until: "the node called \(name)") {
          (try? converse(with: other, "quit\n")) == "# munin node at \(name)\n"
        }
      }
      #expect(throws: (any Error).self) { try converse(with: running.port, "quit\n") }
      #expect(
        running.program.errors.contains(
          "pid_file: changed; takes effect at the next start"))
      #expect(try await running.program.end() == .exit(0))
    }

    /// `user` of munin-node.conf: the daemon becomes it, and so its plugins run as nobody else.
    @Test(.enabled(if: getuid() == 0, "only root can become another user"))
    func aDaemonOfAnotherUserRunsItsPlugins() async throws {
      let scratch = try Scratch()
      chmod(scratch.path, 0o755)
      try FileManager.default.createSymbolicLink(
        atPath: scratch.place("services/id"), withDestinationPath: "/usr/bin/id")
      let running = try await startNode(
        in: scratch, settings: "", directives: "user nobody\ngroup nogroup")
      let answer = try converse(with: running.port, "fetch id\nquit\n")
      #expect(
        answer.contains("uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)"), "\(answer)")
    }

    @Test func aUnixSocketAndDropInFiles() async throws {
      let scratch = try Scratch()
      let socket = "\(scratch.path)/node.sock"
      try scratch.write("host \(socket)\n", to: "drop-in/10-socket.conf")
      try scratch.write("host_name dropped.example\n", to: "drop-in/20-name.conf")
      try scratch.write("nonsense\n", to: "drop-in/ignored.txt")
      let config = try scratch.write(
        "include_dir \(scratch.path)/drop-in\nport 0\npid_file \(scratch.path)/pid\n",
        to: "node.conf")
      let none = String(try scratch.place("none/x").dropLast(2))
      let program = try RunningProgram(
        node, ["--config", config, "--servicedir", none, "--sconfdir", none], in: scratch)
      _ = try await program.waits(for: #/serves dropped.example on /#)
      #expect(scratch.read("pid") == "\(program.pid)\n")
      let asking = try await run(
        "/usr/bin/env",
        [
          "python3", "-c",
          "import socket,sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
            + "s.sendall(b'fetch load\\nquit\\n'); "
            + "print(b''.join(iter(lambda: s.recv(4096), b'')).decode(), end='')", socket,
        ], in: scratch)
      #expect(
        asking.output.contains(/^# munin node at dropped.example\nload.value [0-9.]+\n\.\n$/),
        "\(asking)")
      #expect(try await program.end() == .exit(0))
      #expect(scratch.read("pid") == "" && !FileManager.default.fileExists(atPath: socket))
    }

    /// munin-node's settings as Debian ships them send it into the background; the caller is told how that went.
    @Test func theBackgroundIsLeftWhenItIsReady() async throws {
      let scratch = try Scratch()
      let port = try freePort()
      let config = try scratch.write(
        """
        host 127.0.0.1
        port \(port)
        host_name n
        background 1
        setsid 1
        pid_file \(scratch.path)/pid
        log_file \(scratch.path)/log
        """, to: "node.conf")
      let none = String(try scratch.place("none/x").dropLast(2))
      let words = ["--config", config, "--servicedir", none, "--sconfdir", none]
      let outcome = try await run(node, words, in: scratch)
      #expect(outcome.ending == .exit(0))
      let pid = try #require(pid_t(scratch.read("pid").dropLast()))
      #expect(try converse(with: port, "version\nquit\n").contains("munins node on n"))
      // A second one fails in the foreground, and says so.
      let second = try await run(node, words, in: scratch)
      #expect(second.ending == .exit(1))
      #expect(second.errors.contains("port \(port) is taken by apus-node (pid \(pid)"))
      kill(pid, SIGTERM)
      try await waiting(until: "its end") { scratch.read("log").contains("apus-node ends") }
    }
  }
}
