import Foundation
import Testing

extension Programs {
  /// What a person meets at the command line.
  @Suite struct CommandLineTests {
    private static let programs = ["apus-node", "apus-collector"]

    @Test(arguments: programs) func helpAndVersionAreTold(program: String) async throws {
      let scratch = try Scratch()
      let help = try await run(Project.program(program), ["--help"], in: scratch)
      #expect(help.ending == .exit(0) && help.output.contains("--config"))
      let version = try await run(Project.program(program), ["--version"], in: scratch)
      #expect(version.ending == .exit(0))
      #expect(version.output.contains(/^apus-[a-z]+ \d+\.\d+\.\d+\n$/))
    }

    @Test(arguments: programs) func wrongUsageIsExitTwo(program: String) async throws {
      let scratch = try Scratch()
      let outcome = try await run(Project.program(program), ["--no-such-option"], in: scratch)
      #expect(outcome.ending == .exit(2) && outcome.output == "")
      #expect(outcome.errors.hasPrefix("\(program): ") && outcome.errors.contains("no-such-option"))
    }

    /// All at once, with file, line and what was expected; and nothing is started or made.
    @Test(arguments: ["run", "poll", "check"])
    func everyWrongSettingOfTheCollectorIsTold(command: String) async throws {
      let scratch = try Scratch()
      let config = try scratch.write(
        """
        dbdir \(scratch.path)/db
        update_rate often
        graph_data_size some
        web_listen 127.0.0.1
        adress 127.0.0.1
        [example.com;web01]
        use_node_name perhaps
        """, to: "munin.conf")
      let outcome = try await run(
        Project.program("apus-collector"), [command, "--config", config], in: scratch)
      #expect(outcome.ending == .exit(2) && outcome.output == "")
      for place in [
        ":2: update_rate", ":3: graph_data_size", ":4: web_listen", ":5: unknown word 'adress'",
        ":6: host", ":7: use_node_name",
      ] {
        #expect(outcome.errors.contains("\(config)\(place)"), "\(place) in \(outcome.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/db"))
    }

    @Test func everyWrongSettingOfTheNodeIsTold() async throws {
      let scratch = try Scratch()
      let config = try scratch.write(
        "port many\nallow ^127(\ncidr_allow 10.0.0.0/99\ntimeout soon\n", to: "munin-node.conf")
      let outcome = try await run(
        Project.program("apus-node"), ["--config", config], in: scratch)
      #expect(outcome.ending == .exit(2))
      for place in [":1: port", ":2: allow", ":3: cidr_allow", ":4: timeout"] {
        #expect(outcome.errors.contains("\(config)\(place)"), "\(place) in \(outcome.errors)")
      }
    }

    @Test(arguments: programs) func aMissingFileIsNamed(program: String) async throws {
      let scratch = try Scratch()
      let command = program == "apus-node" ? [] : ["check"]
      let outcome = try await run(
        Project.program(program), command + ["--config", "/nonexistent/munin.conf"], in: scratch)
      #expect(outcome.ending == .exit(2))
      #expect(outcome.errors.contains("/nonexistent/munin.conf: No such file"), "\(outcome.errors)")
    }

    /// Two collectors in one folder would spoil each other's files.
    @Test func aSecondCollectorInTheSameFolderIsRefused() async throws {
      let scratch = try Scratch()
      let collector = try ApusCollector(in: scratch, nodes: ["example.com;web01": freePort()])
      let running = try await collector.start()
      await #expect(throws: Trouble.self) { try await collector.poll() }
      #expect(try await running.end() == .exit(0))
      try await collector.poll()
    }

    /// A released program runs where no Swift is installed.
    @Test(arguments: programs) func noSwiftRuntimeIsNeeded(program: String) async throws {
      let scratch = try Scratch()
      let outcome = try await run("/usr/bin/ldd", [Project.program(program)], in: scratch)
      #expect(outcome.output.contains("libc.so"))
      #expect(!outcome.output.lowercased().contains("swift"), "\(outcome.output)")
    }

    // MARK: Without /proc

    /// A chroot in which an image is built may have no /proc. The words of the call are seen all the same.
    private func withoutProc(
      _ words: [String], in scratch: Scratch
    ) async throws -> (ending: Ending, output: String, errors: String) {
      try await run(
        "/usr/bin/unshare",
        ["-m", "/bin/sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh"] + words,
        in: scratch)
    }

    @Test(.enabled(if: canMount, "needs root, to hide /proc"), arguments: programs)
    func theWordsOfACallAreSeenWithoutProc(program: String) async throws {
      let scratch = try Scratch()
      let version = try await withoutProc([Project.program(program), "--version"], in: scratch)
      #expect(version.ending == .exit(0), "\(version)")
      #expect(version.output.contains(/^apus-[a-z]+ \d+\.\d+\.\d+\n$/))
      let wrong = try await withoutProc(
        [Project.program(program), "--no-such-option"], in: scratch)
      #expect(wrong.ending == .exit(2) && wrong.errors.contains("no-such-option"))
    }

    @Test(.enabled(if: canMount, "needs root, to hide /proc"))
    func checkAndPluginsWorkWithoutProc() async throws {
      let scratch = try Scratch()
      let link = try scratch.place("services/load")
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: Project.program("apus-node"))
      let config = try scratch.write("host 127.0.0.1\nhost_name n\n", to: "node.conf")
      let check = try await withoutProc(
        [
          Project.program("apus-node"), "check", "--config", config, "--servicedir",
          "\(scratch.path)/services", "--sconfdir", String(try scratch.place("none/x").dropLast(2)),
        ], in: scratch)
      #expect(check.ending == .exit(2))
      #expect(
        check.output.contains("problem: load: fetch: cannot read /proc/loadavg: "), "\(check)")
      #expect(check.output.contains("problem: /proc is not mounted: "), "\(check)")
      let load = try await withoutProc([link], in: scratch)
      #expect(load.ending == .exit(1) && load.output == "")
      #expect(load.errors.hasPrefix("load: "), "\(load)")
    }
  }
}
