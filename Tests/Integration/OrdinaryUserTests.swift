import Foundation
import Testing

/// Whether a test may have a view of its own of the machine's folders.
let canMount = geteuid() == 0

extension Programs {
  /// `apus-node` called by somebody who may not read munin's settings, as on Debian, where plugin-conf.d is root's.
  @Suite(.enabled(if: canMount, "needs root, to become an ordinary user beside other settings"))
  struct OrdinaryUserTests {
    private let scratch: Scratch
    private let node: String

    init() async throws {
      scratch = try Scratch()
      chmod(scratch.path, 0o755)
      // Where everybody may run it, wherever the project is.
      node = try scratch.place("copy/apus-node")
      let copying = try await run("/bin/cp", [Project.program("apus-node"), node], in: scratch)
      #expect(copying.ending == .exit(0), "\(copying.errors)")
      chmod("\(scratch.path)/copy", 0o755)
      chmod(node, 0o755)
      try scratch.write("[load]\nenv.load_warning 7\n", to: "munin/plugin-conf.d/settings")
      try scratch.write(
        "host_name apus.example\nhost 127.0.0.1\nport 0\n", to: "munin/munin-node.conf")
      _ = try scratch.place("munin/plugins/x")
      for folder in ["munin", "munin/plugins"] { chmod("\(scratch.path)/\(folder)", 0o755) }
      chmod("\(scratch.path)/munin/munin-node.conf", 0o644)
      chmod("\(scratch.path)/munin/plugin-conf.d", 0o750)
    }

    /// Calls it as nobody, with `munin` of the scratch folder for /etc/munin.
    private func call(
      _ words: String..., user: String = "nobody"
    ) async throws -> (ending: Ending, output: String, errors: String) {
      try await run(
        Project.path("Tests/Integration/hostile-machine"),
        ["/usr/bin/setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups", node] + words,
        in: scratch, environment: ["MUNIN_ETC": "\(scratch.path)/munin"])
    }

    private let line =
      "apus-node: cannot open /etc/munin/plugin-conf.d: Permission denied; "
      + "its settings have no effect here\n"

    @Test func plugins() async throws {
      let table = try await call("plugins")
      #expect(table.ending == .exit(0) && table.errors == line, "\(table)")
      #expect(table.output.contains("\nload "))
      let manual = try await call("plugins", "--doc", "load")
      #expect(manual.ending == .exit(0) && manual.errors == "" && manual.output.hasPrefix("load: "))
    }

    @Test func tree() async throws {
      let tree = try await call("tree", "no-such-server")
      #expect(tree.ending == .exit(1) && tree.output == "")
      #expect(tree.errors.hasPrefix(line + "tree: no process of 'no-such-server' "), "\(tree)")
    }

    @Test func ups() async throws {
      let ups = try await call("ups", "no.such.invalid")
      #expect(ups.ending == .exit(1))
      #expect(ups.errors.hasPrefix(line + "no.such.invalid: "), "\(ups)")
    }

    @Test func ntp() async throws {
      let ntp = try await call("ntp", "no.such.invalid")
      #expect(ntp.ending == .exit(1))
      #expect(ntp.errors.hasPrefix(line + "apus-node: "), "\(ntp)")
    }

    @Test func runSaysSoAndRuns() async throws {
      let load = try await call("run", "load")
      #expect(load.ending == .exit(0) && load.errors == line, "\(load)")
      #expect(load.output.contains(/^load\.value [0-9.]+\n$/))
    }

    @Test func checkNamesItAsAFinding() async throws {
      let check = try await call("check")
      #expect(check.ending == .exit(2))
      #expect(
        check.output.contains(
          "problem: cannot open /etc/munin/plugin-conf.d: Permission denied; "
            + "its settings are not checked and have no effect here\n"), "\(check)")
      #expect(check.output.contains(" services of apus.example, "))
    }

    /// What was asked for, and what the daemon needs, is an error.
    @Test(arguments: [
      ["tree", "--sconfdir", "/etc/munin/plugin-conf.d"], [], ["stdio"],
      ["plugins", "--sconffile", "/etc/munin/plugin-conf.d/settings"],
    ])
    func theRestIsAnError(words: [String]) async throws {
      let outcome = try await run(
        Project.path("Tests/Integration/hostile-machine"),
        ["/usr/bin/setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", node]
          + words,
        in: scratch, environment: ["MUNIN_ETC": "\(scratch.path)/munin"])
      #expect(outcome.ending == .exit(2) && outcome.output == "")
      #expect(outcome.errors.contains("apus-node: cannot open /etc/munin/plugin-conf.d"))
      #expect(!outcome.errors.contains("have no effect here") || words.contains("--sconffile"))
    }

    /// A folder above that may not be searched hides its settings; it does not make them absent.
    @Test func aHiddenFolderIsNotAnEmptyOne() async throws {
      chmod("\(scratch.path)/munin", 0o700)
      let plugins = try await call("plugins")
      #expect(plugins.ending == .exit(0))
      #expect(
        plugins.errors.hasPrefix(
          "apus-node: cannot open /etc/munin/munin-node.conf: Permission denied; "
            + "cannot open /etc/munin/plugin-conf.d: Permission denied; "
            + "their settings have no effect here\n"), "\(plugins)")
      #expect(
        plugins.errors.contains(
          "apus-node: cannot open /etc/munin/plugins: Permission denied; the plugins there are not shown\n"
        ))
      #expect(try await call().ending == .exit(2))
    }

    /// The user that plugin-conf.d names is the one who runs this: no mismatch, no line.
    @Test(arguments: [("nobody", false), ("root", true)])
    func checkNamesUsersThatTheNodeCannotBecome(user: String, isTold: Bool) async throws {
      try scratch.write("[load]\nuser \(user)\n", to: "readable/settings")
      chmod("\(scratch.path)/readable", 0o755)
      chmod("\(scratch.path)/readable/settings", 0o644)
      try FileManager.default.createSymbolicLink(
        atPath: "\(scratch.path)/munin/plugins/load", withDestinationPath: node)
      let check = try await call("check", "--sconfdir", "\(scratch.path)/readable")
      #expect(check.output.contains("and cannot change that") == isTold, "\(check)")
    }
  }
}
