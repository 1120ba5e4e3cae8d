import EventLoop
import Foundation
import Glibc
import PluginKit
import Settings
import TestSupport
import Testing

@testable import Node

struct AccountsTests {
  private func group(_ name: String, optional: Bool = false) -> ServiceSettings.Group {
    ServiceSettings.Group(name: name, optional: optional)
  }

  @Test func namesAndNumbersAreFound() throws {
    let root = try Accounts.lookUp("root", [], defaultGroup: "daemon")
    #expect(root.userName == "root")
    #expect(root.credentials == .init(user: 0, group: 1, groups: [1]))
    #expect(try Accounts.lookUp("0", [], defaultGroup: "daemon") == root)
    let nobody = try Accounts.lookUp("nobody", [group("adm"), group("tty")], defaultGroup: "x")
    #expect(nobody.credentials == .init(user: 65534, group: 4, groups: [4, 5]))
    let stranger = try Accounts.lookUp("54321", [group("7")], defaultGroup: "x")
    #expect(stranger.userName == "54321")
    #expect(stranger.credentials == .init(user: 54321, group: 7, groups: [7]))
  }

  @Test func whatIsMissingIsNamed() {
    func message(_ body: () throws(AccountError) -> Identity) -> String? {
      do throws(AccountError) {
        _ = try body()
        return nil
      } catch { return "\(error)" }
    }
    #expect(
      message { () throws(AccountError) in
        try Accounts.lookUp("no-such-user", [], defaultGroup: "adm")
      } == "user 'no-such-user' does not exist")
    #expect(
      message { () throws(AccountError) in
        try Accounts.lookUp("nobody", [group("adm"), group("no-such-group")], defaultGroup: "adm")
      } == "group 'no-such-group' does not exist")
  }

  @Test func whatNeedNotExistIsPassedOver() throws {
    let groups = [group("no-such-group", optional: true), group("tty")]
    let identity = try Accounts.lookUp("nobody", groups, defaultGroup: "adm")
    #expect(identity.credentials?.groups == [5])
    let none = try Accounts.lookUp("nobody", [groups[0]], defaultGroup: "adm")
    #expect(none.credentials?.groups == [4], "the default group stands in")
    let lonely = try Accounts.lookUp("nobody", [], defaultGroup: "no-such-group")
    #expect(lonely.credentials?.groups == [65534], "the user's own group stands in")
  }

  @Test func whoIsNotRootStaysHimself() async throws {
    let identity = try await onTestLoop {
      var settings = ServiceSettings()
      settings.user = "no-such-user"
      return try await Accounts(user: "nobody", group: "munin", canChange: false)
        .identity(for: settings)
    }
    #expect(identity.credentials == nil)
    #expect(geteuid() != 0 || identity.userName == "root")
  }

  // MARK: As root

  /// A plugin that says who runs it, and leaves something in its state folder.
  private static let witness = """
    [ "$1" = config ] && { echo graph_title W; exit; }
    echo "# $(id -un) $(id -g) $(id -G | tr ' ' ,)"
    : > "$MUNIN_STATEFILE" && echo "# $MUNIN_STATEFILE"
    """

  @Test(.enabled(if: isRoot, "only root can run plugins as other users"))
  func pluginsRunAsTheirUsers() async throws {
    let (answers, owner, log) = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["a": AccountsTests.witness, "b": AccountsTests.witness],
        settings: "[a]\nuser nobody\ngroup adm, (no-such-group) tty\n[b]\nuser no-such-user\n",
        prepare: { chmod($0.path, 0o755) })
      let answers = [await bench.ask("a", from: "192.0.2.1"), await bench.ask("b")]
      var status = stat()
      stat("\(bench.folder.path)/state/nobody", &status)
      return (
        answers.map { $0.replacingOccurrences(of: bench.folder.path, with: "") }, status.st_uid,
        bench.logged
      )
    }
    #expect(answers[0] == "# nobody 4 4,5\n# /state/nobody/a-192.0.2.1\n.\n")
    #expect(owner == 65534)
    #expect(answers[1] == "# Bad exit\n.\n")
    #expect(log == ["b: user 'no-such-user' does not exist"])
  }

  @Test(.enabled(if: isRoot, "only root can run plugins as other users"))
  func nothingOfRootIsInherited() async throws {
    let answer = try await onTestLoop {
      let bench = try await Bench(
        scripts: [
          "w": """
          [ "$1" = config ] && { echo graph_title W; exit; }
          grep -E '^(Uid|Gid|CapEff|SigBlk|SigIgn):' /proc/self/status | tr '\\t' ' '
          ls /proc/self/fd | tr '\\n' ' '
          """
        ], settings: "[w]\nuser nobody\ngroup nogroup\n", prepare: { chmod($0.path, 0o755) })
      return await bench.ask("w")
    }
    let lines = answer.split(separator: "\n").map(String.init)
    #expect(lines.contains("Uid: 65534 65534 65534 65534"), "\(answer)")
    #expect(lines.contains { $0.hasPrefix("Gid: ") && !$0.contains(" 0") }, "\(answer)")
    for name in ["CapEff", "SigBlk", "SigIgn"] {
      #expect(lines.contains("\(name): 0000000000000000"), "\(answer)")
    }
    // The fourth is the folder that ls reads.
    #expect(lines.contains("0 1 2 3 "), "\(answer)")
  }

  /// A script without a first line that names its program is the shell's, as under munin-node.
  @Test func aScriptWithoutAFirstLineIsTheShells() async throws {
    let answer = try await onTestLoop {
      let bench = try await Bench(prepare: {
        try $0.write("plugins/plain", "echo \"graph_title $1 $0\"\n", mode: 0o755)
      })
      return (await bench.ask("plain", .config), bench.folder.path)
    }
    #expect(answer.0 == "graph_title config \(answer.1)/plugins/plain\n.\n")
  }

  @Test func aStateFolderThatIsGoneIsMadeAgain() async throws {
    let answers = try await onTestLoop {
      let bench = try await Bench(scripts: [
        "s":
          "[ \"$1\" = config ] && { echo graph_title S; exit; }\n: > $MUNIN_STATEFILE && echo s.value 1"
      ])
      let first = await bench.ask("s")
      try bench.folder.remove("state")
      return [first, await bench.ask("s")]
    }
    #expect(answers == ["s.value 1\n.\n", "s.value 1\n.\n"])
  }

  /// A plugin whose config works while its values fail is a line of the log when that begins, and one when it is over.
  @Test func aFailureIsLoggedOnceHoweverOftenItsConfigWorks() async throws {
    let log = try await onTestLoop {
      let bench = try await Bench(scripts: [
        "p":
          "[ \"$1\" = config ] && { echo graph_title P; exit; }\n[ -e $0.well ] || { echo boom >&2; exit 1; }\necho a.value 1"
      ])
      for _ in 1...3 {
        _ = await bench.ask("p", .config)
        _ = await bench.ask("p")
      }
      try bench.folder.write("plugins/p.well", "")
      _ = await bench.ask("p", .config)
      _ = await bench.ask("p")
      return bench.logged
    }
    #expect(log == ["p: exit status 1: boom", "p: answers again"])
  }

  @Test func withParanoiaUnsafePluginsAreNotRun() async throws {
    let (answer, log) = try await onTestLoop {
      var node = NodeSettings()
      node.paranoia = true
      let bench = try await Bench(
        scripts: ["p": "echo graph_title P"],
        prepare: { chmod("\($0.path)/plugins/p", 0o757) }, node: node)
      return (await bench.ask("p"), bench.logged.map { $0.prefix(28) })
    }
    #expect(answer == "# Bad exit\n.\n")
    #expect(log == ["p: not run (paranoia): /tmp/"])
  }
}

/// Whether the tests run as root.
let isRoot = geteuid() == 0
