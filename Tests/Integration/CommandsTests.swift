import Foundation
import Testing

extension Programs {
  /// The commands of `apus-node`, beside those of munin that they stand for.
  @Suite struct CommandsTests {
    private let node = Project.program("apus-node")
    /// Under inetd: the socket of a master on 127.0.0.1 is stdin and stdout.
    private static let inetd = """
      import socket, subprocess, sys
      door = socket.create_server(("127.0.0.1", 0))
      master = socket.create_connection(door.getsockname())
      peer, _ = door.accept()
      master.sendall(b"list\\nquit\\n")
      end = subprocess.run(sys.argv[1:], stdin=peer, stdout=peer)
      peer.close()
      try:
        print(master.makefile().read(), end="")
      except ConnectionResetError:
        pass  # refused: what the master said was not even read
      sys.exit(end.returncode)
      """
    private var library: String { "\(Project.peers)/usr/share/munin/plugins" }

    /// A service directory, a plugin-conf.d and a munin-node.conf; plugins run as whoever runs the tests.
    private func arguments(
      _ scratch: Scratch, links: [String: String], settings: String = "", directives: String = ""
    ) throws -> [String] {
      for (name, target) in links {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.place("services/\(name)"), withDestinationPath: target)
      }
      _ = try scratch.place("services/x")
      try scratch.write(settings, to: "plugin-conf.d/settings")
      let config = try scratch.write(
        """
        host 127.0.0.1
        host_name apus.example
        default_plugin_user \(getuid())
        default_plugin_group \(getgid())
        plugin_state_dir \(scratch.path)/state
        \(directives)
        """, to: "node.conf")
      return [
        "--config", config, "--servicedir", "\(scratch.path)/services", "--sconfdir",
        "\(scratch.path)/plugin-conf.d",
      ]
    }

    // MARK: run

    @Test func runBecomesThePlugin() async throws {
      let scratch = try Scratch()
      let words = try arguments(
        scratch, links: ["env": "/usr/bin/env", "false": "/bin/false", "load": node],
        settings: "[env]\ncommand %c\nenv.greeting two words\n[load]\nenv.load_warning 7\n")
      let outcome = try await run(node, ["run", "env"] + words, in: scratch)
      #expect(outcome.ending == .exit(0) && outcome.errors == "")
      let lines = Set(outcome.output.split(separator: "\n"))
      for line in [
        "greeting=two words", "MUNIN_MASTER_IP=", "FQDN=apus.example", "MUNIN_DEBUG=0",
        "MUNIN_STATEFILE=\(scratch.path)/state/\(NSUserName())/env-",
      ] { #expect(lines.contains(Substring(line)), "\(line) in \(outcome.output)") }
      #expect(try await run(node, ["run", "false"] + words, in: scratch).ending == .exit(1))
      let config = try await run(node, ["run", "load", "config"] + words, in: scratch)
      #expect(config.output.contains("load.warning 7\n"))
      let debug = try await run(node, ["run", "--debug", "--pidebug", "env"] + words, in: scratch)
      #expect(debug.errors.contains("# command \(scratch.path)/services/env"))
      #expect(debug.output.contains("MUNIN_DEBUG=1"))
    }

    @Test(arguments: [
      (["nosuch"], "# Unknown service 'nosuch'\n"),
      (["../sh"], "# Invalid plugin name '../sh'\n"),
      (["load", "con fig"], "# Invalid argument 'con fig'\n"),
    ])
    func runSaysWhatIsWrong(words: [String], message: String) async throws {
      let scratch = try Scratch()
      let outcome = try await run(
        node, ["run"] + words + arguments(scratch, links: ["load": node]), in: scratch)
      #expect(outcome.ending == .exit(1) && outcome.output == "" && outcome.errors == message)
    }

    // MARK: plugins

    /// munin-node-configure does not look at the default user and group.
    private var everybody: String {
      let group = String(cString: getgrgid(getgid()).pointee.gr_name)
      return "[*]\nuser \(NSUserName())\ngroup \(group)\n"
    }

    /// A few of munin's plugins that this program has not, as a library of their own.
    private func smallLibrary(_ scratch: Scratch) throws -> String {
      for name in [
        "acpi", "apt", "fw_packets", "ip_", "fail2ban", "tcp", "uptime", "users", "plugins.history",
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.place("library/\(name)"), withDestinationPath: "\(library)/\(name)")
      }
      return "\(scratch.path)/library"
    }

    @Test(arguments: [
      [], ["--suggest"], ["--shell"], ["--shell", "--remove-also"],
      ["--families", "manual,contrib"], ["--newer", "1.3.3"], ["--suggest", "--newer", "1.3.3"],
    ])
    func tablesAreMunins(options: [String]) async throws {
      let scratch = try Scratch()
      let small = try smallLibrary(scratch)
      let words = try arguments(
        scratch, links: ["tcp": "\(small)/tcp", "ip_nowhere": "\(small)/ip_"],
        settings: everybody + "env.MUNIN_LIBDIR \(Project.peers)/usr/share/munin\n")
      let given = options + ["--libdir", small] + words
      let ours = try await run(node, ["plugins"] + given, in: scratch)
      let theirs = try await run(Project.peer("munin-node-configure"), given, in: scratch)
      #expect(!theirs.output.isEmpty, "\(theirs.errors)")
      // Ours knows more plugins; and what both know, it offers itself.
      let own = ["fw_packets", "uptime", "users"]
      let lines = theirs.output.split(separator: "\n").filter { line in
        !own.contains { line.hasPrefix("\($0) ") || line.contains("'\(small)/\($0)'") }
      }
      // The head, and those of munin's families that are not for everybody.
      let least = options.contains("--shell") ? 0 : options.contains("--newer") ? 3 : 5
      #expect(lines.count >= (options.contains("--families") ? 3 : least), "\(theirs.output)")
      // Ours says in the last column who answers, too.
      for line in lines {
        let words = line.trimmingCharacters(in: .whitespaces)
        #expect(ours.output.contains(words), "\(line) is not in \(ours.output)")
      }
      let program = URL(filePath: node).resolvingSymlinksInPath().path
      for name in ["uptime", "users"] where options.contains("--shell") {
        #expect(ours.output.contains("ln -s '\(program)' '\(scratch.path)/services/\(name)'\n"))
      }
    }

    /// A stock munin-node-configure finds what it looks for in a link that leads to this program.
    @Test func muninSeesALinkAsAPluginOfItsOwn() async throws {
      let scratch = try Scratch()
      let words = try arguments(scratch, links: [:], settings: everybody)
      for name in ["load", "memory"] {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.place("library/\(name)"), withDestinationPath: node)
      }
      let theirs = try await run(
        Project.peer("munin-node-configure"),
        ["--suggest", "--libdir", "\(scratch.path)/library"] + words, in: scratch)
      #expect(theirs.ending == .exit(0) && theirs.errors == "")
      let rows = theirs.output.split(separator: "\n").dropFirst(2).map {
        $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      }
      #expect(rows == [["load", "no", "yes"], ["memory", "no", "yes"]])
    }

    /// Under a stock munin-node a link is the plugin, with its settings.
    @Test func muninsNodeRunsOurPlugins() async throws {
      let scratch = try Scratch()
      let services = ["df", "if_lo", "load", "netstat", "uptime"]
      for name in services {
        try FileManager.default.createSymbolicLink(
          atPath: scratch.place("munin-node/plugins/\(name)"), withDestinationPath: node)
      }
      try scratch.write("[load]\nenv.load_critical 99\n", to: "munin-node/plugin-conf.d/settings")
      let theirs = try await startPeer("munin-node", in: scratch)
      let ours = try await startNode(
        in: scratch, builtIn: services, settings: "[load]\nenv.load_critical 99\n")
      for ask in services.map({ "config \($0)\n" }) + ["cap multigraph\nlist\n"] {
        let one = try converse(with: theirs.port, ask + "quit\n").split(separator: "\n").dropFirst()
        let two = try converse(with: ours.port, ask + "quit\n").split(separator: "\n").dropFirst()
        #expect(sorted(one) == sorted(two), "\(ask)")
      }
      let load = try converse(with: theirs.port, "config load\nfetch load\nquit\n")
      #expect(load.contains("load.critical 99\n") && load.contains(/load\.value [0-9.]+\n\.\n$/))
    }

    /// The order of a list is nobody's promise.
    private func sorted(_ lines: some Sequence<Substring>) -> [String] {
      lines.map { $0.split(separator: " ").sorted().joined(separator: " ") }
    }

    @Test func aManualIsPrinted() async throws {
      let scratch = try Scratch()
      let manual = try await run(node, ["plugins", "--doc", "if_"], in: scratch)
      #expect(manual.ending == .exit(0) && manual.output.hasPrefix("if_: "))
      let none = try await run(node, ["plugins", "--doc", "nosuch"], in: scratch)
      #expect(none.ending == .exit(1) && none.output == "")
      #expect(none.errors.hasPrefix("no built-in plugin 'nosuch', expected one of: "))
      #expect(none.errors.contains(" cpu df "))
    }

    // MARK: check

    @Test func checkFindsNothingWhereAllIsWell() async throws {
      let scratch = try Scratch()
      let words = try arguments(scratch, links: ["load": node, "uptime": node])
      let outcome = try await run(node, ["check", "--as", "127.0.0.1"] + words, in: scratch)
      #expect(outcome.ending == .exit(0) && outcome.errors == "")
      #expect(
        outcome.output == """
          warning: \(scratch.path)/node.conf: no allow or deny line: everybody may ask
          127.0.0.1 is let in and sees:
            apus.example: load uptime
          2 services of apus.example, no problem

          """ || outcome.output.hasSuffix("2 services of apus.example, no problem\n"))
      #expect(
        outcome.output.contains("127.0.0.1 is let in and sees:\n  apus.example: load uptime\n"))
    }

    @Test func checkNamesEachPluginThatFails() async throws {
      let scratch = try Scratch()
      let words = try arguments(
        scratch,
        links: ["false": "/bin/false", "stranger": "/bin/true", "load": node, "mute": "/bin/true"],
        settings: "[stranger]\nuser no-such-user\n", directives: "allow ^192\\.0\\.2\\.1$")
      let outcome = try await run(node, ["check", "--as", "192.0.2.2"] + words, in: scratch)
      #expect(outcome.ending == .exit(2))
      for line in [
        "problem: false: config and fetch: exit status 1",
        "problem: \(scratch.path)/plugin-conf.d/settings:2: user 'no-such-user' does not exist: "
          + "cannot run stranger",
        "problem: mute: config and fetch: expected lines, found none",
        "problem: 192.0.2.2: refused: no allow or cidr_allow line matches "
          + "(\(scratch.path)/node.conf:6: allow ^192\\.0\\.2\\.1$)",
      ] { #expect(outcome.output.contains(line + "\n"), "\(line) in \(outcome.output)") }
      #expect(!outcome.output.contains("problem: load"))
    }

    @Test func checkNamesWhatTheDaemonWouldStumbleOver() async throws {
      let scratch = try Scratch()
      let words = try arguments(
        scratch, links: ["nowhere": "/nonexistent", "folder": "/tmp", "odd name": "/bin/true"],
        directives: """
          user no-such-user
          host no.such.invalid
          log_file /nonexistent/log
          pid_file /nonexistent/pid
          """)
      let outcome = try await run(node, ["check"] + words, in: scratch)
      #expect(outcome.ending == .exit(2))
      for text in [
        "node.conf:6: user 'no-such-user' does not exist\n",
        "node.conf:7: host: cannot resolve no.such.invalid: ",
        "node.conf:8: log_file: cannot make /nonexistent/log: /nonexistent: No such file or directory\n",
        "node.conf:9: pid_file: cannot make /nonexistent/pid: /nonexistent: No such file or directory\n",
        "services/nowhere: not offered, a link whose target does not exist\n",
        "services/folder: not offered, it is not a regular file\n",
        "services/odd name: not offered, its name has other characters than letters, digits and _-@.:\n",
      ] { #expect(outcome.output.contains(text), "\(text) in \(outcome.output)") }
      let wrong = try await run(node, ["check", "--as", "bogus"] + words, in: scratch)
      #expect(wrong.ending == .exit(2) && wrong.errors.contains("--as: expected an IP address"))
    }

    /// What a plugin remembers from its first answer goes into a folder that is removed, and rates have a second look.
    @Test func checkLeavesNothingBehindAndLooksTwice() async throws {
      let scratch = try Scratch()
      let script = try scratch.program(
        """
        #!/bin/sh
        [ "$1" = config ] && echo graph_title T && exit
        [ -e "$MUNIN_PLUGSTATE/seen" ] && echo a.value 1
        touch "$MUNIN_PLUGSTATE/seen"

        """, to: "library/rate")
      let words = try arguments(scratch, links: ["rate": script])
      let temporary = try scratch.place("tmp/x").dropLast(2)
      let outcome = try await run(
        node, ["check"] + words, in: scratch, environment: ["TMPDIR": String(temporary)])
      #expect(outcome.ending == .exit(0), "\(outcome)")
      #expect(outcome.output.hasSuffix("1 service of apus.example, no problem\n"))
      #expect(scratch.files(below: "tmp") == [] && scratch.files(below: "state") == [])
    }

    @Test func checkNamesSettingsWithoutEffect() async throws {
      let scratch = try Scratch()
      let words = try arguments(
        scratch, links: ["load": node, "df": node],
        settings: """
          [dff]
          env.warning 90
          [load]
          env.load_warnign 5
          env.load_warning abc
          env.title
          [snmp_ups1_ups]
          """)
      let outcome = try await run(node, ["check"] + words, in: scratch)
      #expect(outcome.ending == .exit(2))
      let program = URL(filePath: node).resolvingSymlinksInPath().path
      let file = "\(scratch.path)/plugin-conf.d/settings"
      for line in [
        "warning: \(file):1: [dff]: fits no service; did you mean [df]?\n",
        "warning: \(file):4: [load] env.load_warnign: ",
        "problem: \(file):5: [load] env.load_warning: expected ",
        "warning: \(file):6: env.title: expected a value; the line has no effect\n",
        "warning: \(file):7: [snmp_ups1_ups]: no such service; add it: ln -s \(program) "
          + "\(scratch.path)/services/snmp_ups1_ups\n",
      ] { #expect(outcome.output.contains(line), "\(line) in \(outcome.output)") }
    }

    // MARK: munin's own plugins

    /// munin's folder of plugins, as its packages install it, and links as Debian makes them.
    @Test func linksToMuninsOwnPluginsAreAnsweredInProcess() async throws {
      let scratch = try Scratch()
      let changed = try scratch.program("#!/bin/sh\necho load.value 1\n", to: "own/load")
      let words =
        try arguments(
          scratch,
          links: [
            "uptime": "\(library)/uptime", "load": changed, "users": node, "tcp": "\(library)/tcp",
            "cpu": "\(library)/cpu", "own_thing": changed, "load2": "\(library)/load",
            "ip_nowhere": "\(library)/ip_",
          ], settings: "[cpu]\nenv.nonsense_word 1\n") + ["--libdir", library]
      let table = try await run(node, ["plugins"] + words, in: scratch)
      func row(_ name: String) -> String? {
        table.output.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.map {
          $0.split(separator: "|").last!.trimmingCharacters(in: .whitespaces)
        }
      }
      let isTrusted = geteuid() == 0
      if isTrusted {
        #expect(row("uptime") == "built-in, for \(library)/uptime", "\(table.output)")
        #expect(
          row("cpu")?.hasPrefix("script: env.nonsense_word: the plugin has no such setting") == true
        )
      }
      #expect(row("load") == "script \(changed)")
      #expect(row("users") == "built-in")
      // Every service is there, also those of plugins that this program knows nothing of.
      #expect(row("tcp") == "script \(library)/tcp")
      #expect(row("own_thing") == "script \(changed)")
      #expect(row("load2") == "script \(library)/load")
      #expect(row("ip_") == "nowhere (script \(library)/ip_)")
      // What the daemon answers in process, `run` answers so too: its own config differs from the script's in its info.
      let config = try await run(node, ["run"] + words + ["uptime", "config"], in: scratch)
      let own = try await run(node, ["run"] + words + ["users", "config"], in: scratch)
      #expect(config.ending == .exit(0) && own.ending == .exit(0))
      if isTrusted {
        let script = try await run(
          "\(library)/uptime", ["config"], in: scratch,
          environment: ["MUNIN_LIBDIR": "\(Project.peers)/usr/share/munin"])
        #expect(config.output.contains("uptime.label") && config.output != script.output)
      }
      let check = try await run(node, ["check"] + words, in: scratch)
      #expect(
        check.output.contains("answered in process for munin's own plugins: uptime\n") == isTrusted,
        "\(check.output)")
      #expect(check.output.contains("answered by munin's own plugin: cpu: "))
    }

    // MARK: stdio

    @Test func stdioIsOneDialogue() async throws {
      let scratch = try Scratch()
      let words = try arguments(scratch, links: ["load": node]).map { "'\($0)'" }
      let shell = "printf 'list\\nversion\\nfetch load\\nquit\\n' | '\(node)' stdio "
      let outcome = try await run(
        "/bin/sh", ["-c", shell + words.joined(separator: " ")], in: scratch)
      #expect(outcome.ending == .exit(0) && outcome.errors == "")
      #expect(
        outcome.output.contains(
          /^# munin node at apus.example\nload\nmunins node on apus.example version: .*\nload.value [0-9.]+\n\.\n$/
        ), "\(outcome.output)")
    }

    @Test(arguments: [
      ("deny ^127\\.0\\.0\\.1$\nallow .*", false), ("allow ^192\\.", false),
      ("allow ^127\\..*", true),
    ])
    func stdioUnderInetdKeepsStrangersOut(rules: String, isAdmitted: Bool) async throws {
      let scratch = try Scratch()
      let words = try arguments(scratch, links: ["load": node], directives: rules)
      let outcome = try await run(
        "/usr/bin/python3", ["-c", CommandsTests.inetd, node, "stdio"] + words, in: scratch)
      #expect(outcome.ending == .exit(isAdmitted ? 0 : 1))
      #expect(outcome.output == (isAdmitted ? "# munin node at apus.example\nload\n" : ""))
      #expect(outcome.errors.contains("Denying connection from: 127.0.0.1") != isAdmitted)
    }
  }
}
