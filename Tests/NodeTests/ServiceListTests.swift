import EventLoop
import Glibc
import Logbook
import MuninWire
import Node
import PluginKit
import Plugins
import Settings
import TestSupport
import Testing

struct ServiceListTests {
  // MARK: What there is

  @Test func anEmptyFolderMeansAllBuiltInPlugins() async throws {
    let (plain, nodes) = try await onTestLoop {
      let bench = try await Bench()
      return (await bench.list(), await bench.services.nodes())
    }
    #expect(plain == "cpu load memory swap uptime")
    #expect(nodes == ["web01.example.com"])
  }

  @Test func aPluginWithNothingToShowIsLeftOut() async throws {
    let list = try await onTestLoop {
      let bench = try await Bench(load: false)
      try bench.folder.remove("vmstat")
      try await bench.services.load(program: nil)
      return await bench.list()
    }
    #expect(list == "cpu load memory uptime")
  }

  @Test func onlyRunnableFilesAreServices() async throws {
    let list = try await onTestLoop {
      try await Bench(
        scripts: [
          "good": "echo graph_title G", "if_eth0.1": "echo graph_title G",
          "a@b:c": "echo graph_title G", ".hidden": "echo graph_title G",
          "x.conf": "echo graph_title G", "has blank": "echo graph_title G",
          "old~": "echo graph_title G", "saved.bak": "echo graph_title G",
        ],
        prepare: { folder in
          try folder.write("plugins/text", "#!/bin/sh\necho graph_title G")
          try folder.write("plugins/folder/x", "", mode: 0o755)
          try folder.link("plugins/dangling", to: "/nonexistent")
          try folder.link("plugins/linked", to: "good")
        }, ignoring: [#"~$"#, #"\.bak$"#]
      ).list()
    }
    #expect(list == "a@b:c good if_eth0.1 linked")
  }

  @Test func aFolderThatCannotBeReadIsNamed() async throws {
    let error = try await onTestLoop {
      let log = try Logbook(to: .file("/dev/null"))
      let services = ServiceList(
        nodeName: "n", node: NodeSettings(), plugins: PluginSettings(),
        directory: "/nonexistent/plugins", ignored: [], environment: [], log: log)
      do throws(IOError) {
        try services.checkDirectory()
        return ""
      } catch { return "\(error)" }
    }
    #expect(error == "open /nonexistent/plugins: No such file or directory")
  }

  @Test func configsThatSayNothingAreLeftOutOfTheList() async throws {
    let (list, fetched, log) = try await onTestLoop {
      let bench = try await Bench(scripts: [
        "empty": "exit 0", "dots": "echo .; echo; echo .", "bad": "echo graph_title B; exit 3",
        "fine": "echo graph_title F",
      ])
      return (await bench.list(), await bench.ask("empty"), bench.logged)
    }
    #expect(list == "bad fine")
    #expect(fetched == "# Unknown service\n.\n")
    #expect(
      log.sorted() == [
        "bad: exit status 3", "dots: left out, its config is empty",
        "empty: left out, its config is empty",
      ])
  }

  @Test func linksToTheProgramAreBuiltIn() async throws {
    let (list, load, log) = try await onTestLoop {
      let bench = try await Bench(
        scripts: [
          "program": "echo 'graph_title script'", "own": "echo graph_title O; echo own.value 1",
        ],
        prepare: { folder in
          for name in ["load", "swap", "nosuch"] {
            try folder.link("plugins/\(name)", to: "program")
          }
        }, load: false)
      try await bench.services.load(program: "\(bench.folder.path)/plugins/program")
      return (await bench.list("dirtyconfig"), await bench.ask("load"), bench.logged)
    }
    #expect(list == "load own swap")
    #expect(load == "load.value 0.26\n.\n")
    #expect(
      log == [
        "nosuch: a link to apus-node, but there is no built-in plugin of that name",
        "program: a link to apus-node, but there is no built-in plugin of that name",
      ])
  }

  /// `if_err_eth0` begins like a service of `if_`.
  @Test func theLongestFamilyNameCounts() async throws {
    let answers = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["program": "exit 0"], builtIns: [.local(If()), .local(IfErr())],
        prepare: { folder in
          try folder.link("plugins/if_eth0", to: "program")
          try folder.link("plugins/if_err_eth0", to: "program")
        }, load: false)
      try await bench.services.load(program: "\(bench.folder.path)/plugins/program")
      return [
        await bench.ask("if_eth0", .config), await bench.ask("if_err_eth0", .config),
      ]
    }
    #expect(answers[0].hasPrefix("graph_title eth0 traffic\n"))
    #expect(answers[1].hasPrefix("graph_title eth0 errors\n"))
  }

  @Test func familiesGiveOneServicePerSuffix() async throws {
    let (list, answer, linked, bare) = try await onTestLoop {
      let family = BuiltIn.local(Family())
      let bench = try await Bench(builtIns: [family])
      let second = try await Bench(
        scripts: ["program": "exit 0"], builtIns: [family],
        prepare: { folder in
          for name in ["num_7", "num_", "number"] {
            try folder.link("plugins/\(name)", to: "program")
          }
        }, load: false)
      try await second.services.load(program: "\(second.folder.path)/plugins/program")
      return (
        await bench.list(), await bench.ask("num_two"), await second.ask("num_7"),
        await second.list()
      )
    }
    #expect(list == "num_one num_two")
    #expect(answer == "service.value 7\n.\n")
    #expect(linked == "service.value 5\n.\n")
    #expect(bare == "num_7")
  }

  @Test func configsTellWhatAServiceIs() async throws {
    let lists = try await onTestLoop {
      let bench = try await Bench(
        scripts: [
          "plain": "echo graph_title P",
          "multi": "echo multigraph a; echo graph_title A",
          "tabbed": "printf 'multigraph\\ta\\n'",
          "dirty": "echo graph_title D; echo d.label d; echo d.value 3",
          "both": "echo multigraph a; echo d.value 3",
          "router": "echo host_name Router1.example.com; echo graph_title R",
          "moved": "echo host_name elsewhere; echo graph_title M",
        ], settings: "[moved]\nhost_name Set.example.com\n")
      return [
        await bench.list(), await bench.list("multigraph"), await bench.list("dirtyconfig"),
        await bench.list("dirtyconfig multigraph"), await bench.list(host: "ROUTER1.example.com"),
        await bench.list(host: "set.example.com"), await bench.list(host: "elsewhere"),
        await bench.services.nodes().joined(separator: " "), await bench.ask("multi", .config),
      ]
    }
    #expect(
      lists == [
        "plain", "multi plain tabbed", "dirty plain", "both dirty multi plain tabbed", "router",
        "moved", "", "router1.example.com set.example.com web01.example.com",
        "multigraph a\ngraph_title A\n.\n",
      ])
  }

  @Test func theListWaitsForTheConfigs() async throws {
    let (early, list) = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["slow": "while [ ! -e $F/go ]; do sleep 0.01; done; echo graph_title S"],
        load: false)
      let loading = Task { @LoopActor in try await bench.services.load(program: nil) }
      let answered = Locked(false)
      let asking = Task { @LoopActor in
        let list = await bench.list()
        answered.with { $0 = true }
        return list
      }
      let second = Task { @LoopActor in await bench.services.nodes() }
      try await turn(20)
      let early = answered.with { $0 }
      try bench.folder.write("go", "")
      try await loading.value
      _ = await second.value
      return (early, await asking.value)
    }
    #expect(!early)
    #expect(list == "slow")
  }

  @Test func aNodeNameInCapitalsFindsItsServices() async throws {
    let lists = try await onTestLoop {
      let bench = try await Bench(nodeName: "Web01")
      return [await bench.list(), await bench.list(host: "web01"), await bench.list(host: "WEB01")]
    }
    #expect(Set(lists) == ["cpu load memory swap uptime"])
  }

  // MARK: Outside plugins

  /// What a plugin does, and the exact bytes that the master gets.
  static let behaviours: [(name: String, body: String, answer: String, log: String?)] = [
    ("nothing", "exit 0", ".\n", nil),
    ("plain", "echo a.value 1; echo b.value 2", "a.value 1\nb.value 2\n.\n", nil),
    ("half-a-line", "printf 'a.value 1\\nb.val'", "a.value 1\nb.val\n.\n", nil),
    (
      "blank-lines", "printf '\\n\\r\\na.value 1\\r\\n\\n\\r\\nb.value 2'",
      "a.value 1\nb.value 2\n.\n", nil
    ),
    ("lone-dots", "printf '.\\na.value 1\\n.\\r\\n.'", "a.value 1\n.\n", nil),
    ("dotted", "printf '..\\n. \\n.a\\n'", "..\n. \n.a\n.\n", nil),
    ("remarks", "echo '# hello'; echo a.value 1", "# hello\na.value 1\n.\n", nil),
    ("nul", "printf 'a.value\\0 1\\n\\0\\n'", "a.value\0 1\n\0\n.\n", nil),
    ("bad-exit", "echo a.value 1; exit 1", "# Bad exit\n.\n", "exit status 1"),
    ("complains", "echo oops >&2; echo a.value 1", "a.value 1\n.\n", "wrote to stderr: oops"),
    ("debugs", "echo '# only debug' >&2; echo a.value 1", "a.value 1\n.\n", nil),
    (
      "fails-loudly", "echo one >&2; echo '# two' >&2; echo three >&2; exit 2",
      "# Bad exit\n.\n", "exit status 2: one | three"
    ),
    ("signalled", "echo a.value 1; kill -SEGV $$", "# Bad exit\n.\n", "signal 11"),
    ("no-stdin", "cat; echo a.value 1", "a.value 1\n.\n", nil),
    ("argument", "echo \"$#:$1\"", "0:\n.\n", nil),
  ]

  @Test(arguments: behaviours)
  func answersAsAPluginDoes(
    behaviour: (name: String, body: String, answer: String, log: String?)
  ) async throws {
    let (answer, again, log) = try await onTestLoop {
      // The config is well, whatever the fetch does.
      let bench = try await Bench(scripts: [
        behaviour.name: "[ \"$1\" = config ] && { echo graph_title T; exit 0; }\n" + behaviour.body
      ])
      return (await bench.ask(behaviour.name), await bench.ask(behaviour.name), bench.logged)
    }
    #expect(answer == behaviour.answer)
    #expect(again == behaviour.answer)
    #expect(log == behaviour.log.map { ["\(behaviour.name): \($0)"] } ?? [])
  }

  @Test func bytesPassUntouched() async throws {
    let (bytes, printed) = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["garbage": "[ \"$1\" = config ] && { echo graph_title G; exit; }\ncat $F/garbage"]
      )
      var noise = Noise(11)
      let printed = noise.bytes(200_000)
      try bench.folder.write("garbage", printed)
      return (await bench.bytes("garbage"), printed)
    }
    var expected: [UInt8] = []
    for line in printed.split(whereSeparator: { $0 == 10 || $0 == 13 }) where line != [0x2E] {
      expected += line + [10]
    }
    #expect(bytes == expected + Array(".\n".utf8))
  }

  @Test func tooMuchOutputIsABadExit() async throws {
    let (answer, log) = try await onTestLoop {
      let bench = try await Bench(scripts: [
        "flood":
          "[ \"$1\" = config ] && { echo graph_title F; exit; }\nexec head -c 100000000 /dev/zero"
      ])
      return (await bench.ask("flood"), bench.logged)
    }
    #expect(answer == "# Bad exit\n.\n")
    #expect(log == ["flood: wrote more than 8 MiB to stdout, killed"])
  }

  @Test func aVanishedPluginIsABadExitAndRecovers() async throws {
    let (answers, log) = try await onTestLoop {
      let bench = try await Bench(scripts: ["gone": "echo gone.value 1"])
      try bench.folder.remove("plugins/gone")
      var answers = [await bench.ask("gone"), await bench.ask("gone")]
      try bench.folder.script("plugins/gone", "echo gone.value 2")
      answers.append(await bench.ask("gone"))
      return (answers, bench.logged)
    }
    #expect(answers == ["# Bad exit\n.\n", "# Bad exit\n.\n", "gone.value 2\n.\n"])
    #expect(log.count == 2)
    #expect(log.first?.hasPrefix("gone: cannot run /") == true)
    #expect(log.first?.hasSuffix("/gone: execve: No such file or directory") == true)
    #expect(log.last == "gone: answers again")
  }

  @Test func whatTakesTooLongTimesOut() async throws {
    let (answer, log) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        scripts: [
          "slow":
            "[ \"$1\" = config ] && { echo graph_title S; exit; }\necho part; : > $F/ready; sleep 100"
        ], settings: "[slow]\ntimeout 7\n", clock: clock)
      let asking = Task { @LoopActor in await bench.ask("slow") }
      try await reach { bench.folder.read("ready") != nil && clock.waiting == 1 }
      clock.advance(by: .seconds(6))
      try await turn(10)
      #expect(clock.waiting == 1)
      clock.advance(by: .seconds(1))
      return (await asking.value, bench.logged)
    }
    #expect(answer == "# Timed out\n.\n")
    #expect(log == ["slow: still running after 7 s, killed"])
  }

  @Test func theSessionsRestLimitsAPlugin() async throws {
    let log = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        scripts: [
          "slow": "[ \"$1\" = config ] && { echo graph_title S; exit; }\n: > $F/ready; sleep 100"
        ], clock: clock)
      var caller = Caller(address: "", capabilities: Capabilities())
      caller.deadline = clock.now.advanced(by: .seconds(15))
      let asking = Task { @LoopActor [caller] in
        var reply = Reply()
        await bench.services.ask("slow", .fetch, for: caller, into: &reply)
        return reply.text
      }
      try await reach { bench.folder.read("ready") != nil && clock.waiting == 1 }
      clock.advance(by: .seconds(10))
      #expect(await asking.value == "# Timed out\n.\n")
      return bench.logged
    }
    #expect(log == ["slow: still running after 10 s, killed"])
  }

  @Test func aCommandRunsInsteadOfThePlugin() async throws {
    let answers = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["wrapped": "echo \"$0 $*\""],
        settings: "[wrapped]\ncommand /bin/echo first %c last\n")
      return (
        await bench.ask("wrapped"), await bench.ask("wrapped", .config),
        "\(bench.folder.path)/plugins/wrapped"
      )
    }
    #expect(answers.0 == "first \(answers.2) last\n.\n")
    #expect(answers.1 == "first \(answers.2) config last\n.\n")
  }

  @Test func pluginsGetMuninsEnvironment() async throws {
    let (fetched, dirty, config) = try await onTestLoop {
      let bench = try await Bench(
        scripts: ["env": "[ \"$1\" = config ] && echo graph_title E; exec env"],
        settings:
          "[env]\nuser \(geteuid())\nenv.LANG de_DE\nenv.own two words\n[e*]\nenv.own other\nenv.more 1\n"
      )
      return (
        await bench.ask("env", from: "::ffff:192.0.2.9"),
        await bench.ask("env", from: "192.0.2.9", capabilities: "dirtyconfig"),
        await bench.ask("env", .config)
      )
    }
    let lines = Set(fetched.split(separator: "\n").map(String.init))
    for line in [
      "MUNIN_MASTER_IP=::ffff:192.0.2.9", "MUNIN_CAP_MULTIGRAPH=1", "MUNIN_DEBUG=0",
      "FQDN=web01.example.com", "LC_ALL=C", "LANG=de_DE", "own=two words", "more=1",
      "FROM_DAEMON=1", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "MUNIN_LIBDIR=/usr/share/munin",
      "PYTHONIOENCODING=utf8:replace",
    ] { #expect(lines.contains(line), "\(line)") }
    #expect(
      lines.contains { $0.hasPrefix("MUNIN_STATEFILE=/") && $0.hasSuffix("/env-::ffff:192.0.2.9") })
    #expect(!lines.contains { $0.hasPrefix("MUNIN_CAP_DIRTYCONFIG") })
    #expect(dirty.contains("\nMUNIN_CAP_DIRTYCONFIG=1\n"))
    #expect(config.contains("\nMUNIN_MASTER_IP=\n"))
  }

  // MARK: Built-in plugins that fail, or take their time

  @Test func aFailingBuiltInIsABadExitAndIsLoggedOnce() async throws {
    let (answers, log) = try await onTestLoop {
      let bench = try await Bench()
      try bench.folder.write("loadavg", "nonsense")
      var answers = [await bench.ask("load"), await bench.ask("load"), await bench.ask("uptime")]
      try bench.folder.write("loadavg", "1 2 3 4/5 6\n")
      answers.append(await bench.ask("load"))
      return (answers, bench.logged)
    }
    #expect(
      answers == [
        "# Bad exit\n.\n", "# Bad exit\n.\n", "uptime.value 0.05\n.\n", "load.value 2\n.\n",
      ])
    #expect(
      log == [
        "load: /proc/loadavg: expected three averages, found 'nonsense'", "load: answers again",
      ])
  }

  @Test func settingsReachBuiltInPlugins() async throws {
    let config = try await onTestLoop {
      let bench = try await Bench(settings: "[load]\nenv.warning 5\n[l*]\nenv.load_critical 10\n")
      return await bench.ask("load", .config)
    }
    #expect(config.hasSuffix("load.warning 5\nload.critical 10\n.\n"))
  }
}

/// A family: its value is the length of the service's name.
private struct Family: Plugin {
  let name: StaticString = "num_"
  let manual = Manual("a family", details: "For tests.", fields: [], example: "[num_*]")

  func autoconf(on host: Host) -> Availability { .yes }
  func suggestions(on host: Host) -> [String] { ["one", "two", "../bad", ""] }
  func graph(on host: Host) -> Graph { Graph("Num", category: "other", fields: [Field("service")]) }

  func values(on host: Host, into reply: inout Reply) {
    let length: Int = host.service.utf8.count
    reply.value("service" as StaticString, length)
  }
}
