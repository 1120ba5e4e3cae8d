import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// A machine of processes that tests make up.
struct ProcessMachine {
  let folder: TemporaryFolder
  let buffer = ReadBuffer()
  private let plugin: any Plugin

  init() throws {
    folder = try TemporaryFolder()
    plugin = try local("web_processes")
    try folder.write("proc/meminfo", "MemTotal: 1000000 kB\nMemFree: 100000 kB\n")
    try put(1, "init", parent: 0)
  }

  /// - Parameters:
  ///   - start: in seconds since the machine's start.
  ///   - title: the command line; the name when `nil`.
  func put(
    _ pid: Int, _ name: String, parent: Int, state: String = "S", group: Int? = nil,
    start: Int = 10, pages: Int = 100, ticks: String = "0 0 0 0", title: String? = nil,
    pss: Int? = nil
  ) throws {
    let words = "\(pid) (\(name)) \(state) \(parent) \(group ?? pid) 1 0 -1 0 0 0 0 0 \(ticks)"
    try folder.write(
      "proc/\(pid)/stat", words + " 20 0 1 0 \(start * 100) \(state == "Z" ? 0 : 4096) \(pages)\n")
    try folder.write(
      "proc/\(pid)/cmdline", (title ?? name).replacingOccurrences(of: " ", with: "\0") + "\0")
    try folder.write(
      "proc/\(pid)/status",
      "VmRSS: \(pages * 4) kB\nRssAnon: \(pages) kB\nRssFile: \(pages * 3) kB\nRssShmem: 0 kB\n"
        + "VmSwap: 8 kB\n")
    if let pss {
      try folder.write(
        "proc/\(pid)/smaps_rollup",
        "x [rollup]\nRss: \(pages * 4) kB\nPss: \(pss) kB\nPss_Anon: 1 kB\nPrivate_Clean: 1 kB\n"
          + "Private_Dirty: \(pss / 2) kB\nSwap: 4 kB\nSwapPss: 2 kB\n")
    }
  }

  func remove(_ pid: Int) throws { try folder.remove("proc/\(pid)") }

  /// A prefork server with children 101, 102 and so on.
  func putApache(_ children: Int = 2) throws {
    try put(100, "apache2", parent: 1, pss: 400)
    for number in 0..<children {
      try put(101 + number, "apache2", parent: 100, group: 100, pss: 200)
    }
  }

  func host(
    at seconds: Double = 1000, _ settings: [String: String] = [:], _ buffer: ReadBuffer? = nil
  ) -> PluginKit.Host {
    LittleMachine(folder.path).host(for: plugin, at: seconds, settings, buffer ?? self.buffer)
  }

  /// The values by graph and field, `up.apache_up`, and why some are not known.
  func values(
    at seconds: Double = 1000, _ settings: [String: String] = [:], _ buffer: ReadBuffer? = nil
  ) throws -> (values: [String: String], complaint: String?) {
    var reply = Reply()
    try plugin.values(on: host(at: seconds, settings, buffer), into: &reply)
    var values: [String: String] = [:]
    var graph = ""
    for line in reply.text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words[0] == "multigraph" {
        graph = String(words[1]).replacingOccurrences(of: "web_processes.", with: "")
      } else if words[0].hasSuffix(".extinfo") {
        values[String(words[0])] = words.dropFirst().joined(separator: " ")
      } else {
        let field = words[0].dropLast(6)
        values[graph.hasPrefix("web_processes") ? String(field) : "\(graph).\(field)"] =
          String(words[1])
      }
    }
    return (values, reply.takeComplaint())
  }

  func graphs(_ settings: [String: String] = [:], at seconds: Double = 1000) throws -> [Graph] {
    try plugin.graphs(on: host(at: seconds, settings))
  }

  func autoconf(_ settings: [String: String] = [:]) -> Availability {
    plugin.autoconf(on: host(settings))
  }
}

struct WebProcessTests {
  // MARK: Who belongs to a server

  @Test func childrenAreThoseOfTheMaster() throws {
    let machine = try ProcessMachine()
    try machine.putApache(3)
    try machine.put(200, "rotatelogs", parent: 100)
    try machine.put(201, "sh", parent: 102)
    try machine.put(202, "sleep", parent: 201)
    try machine.put(300, "sh", parent: 1)
    let values = try machine.values().values
    #expect(values["apache_up"] == "1" && values["apache_processes"] == "7")
    #expect(values["apache_processes.masters"] == "1")
    #expect(values["apache_processes.children"] == "3")
    #expect(values["apache_processes.others"] == "3")
    #expect(values["nginx_up"] == nil)
  }

  /// A name can hold anything, and a command line anything too: neither makes a server of somebody else.
  @Test(arguments: [
    ("vim", "vim nginx.conf"), ("grep", "grep apache2"), (") S 1 (nginx", "nginx"),
    ("nginx2", "nginx: master process"), ("php-fpm-x", "php-fpm: master process"),
    ("apache2\n", "apache2"), ("Apache2", "apache2"), ("", "apache2"), ("apache", "apache2"),
  ])
  func whatOnlyLooksLikeOneIsNone(name: String, title: String) throws {
    let machine = try ProcessMachine()
    try machine.put(500, name, parent: 1, title: title)
    try machine.putApache()
    let values = try machine.values().values
    #expect(values["apache_processes"] == "3")
    #expect(values.keys.filter { $0.hasSuffix("_up") } == ["apache_up"])
  }

  /// A script is called as its program, and starts it.
  @Test func aScriptOfThatNameIsNoServer() throws {
    let machine = try ProcessMachine()
    try machine.put(100, "nginx", parent: 1, title: "/bin/sh /usr/local/bin/nginx")
    try machine.folder.link("proc/100/exe", to: "/fixture/bin/dash")
    try machine.put(101, "nginx", parent: 100, title: "nginx: master process nginx")
    try machine.folder.link("proc/101/exe", to: "/fixture/usr/sbin/nginx (deleted)")
    try machine.put(102, "nginx", parent: 101, title: "nginx: worker process")
    let values = try machine.values().values
    #expect(values["nginx_processes.masters"] == "1")
    #expect(values["nginx_processes.children"] == "1")
    #expect(values["nginx_processes"] == "2")
  }

  @Test func childrenWithoutTheirMasterAreNoServer() throws {
    let machine = try ProcessMachine()
    try machine.putApache()
    try machine.put(300, "nginx", parent: 1, title: "nginx: master process nginx")
    try machine.put(301, "nginx", parent: 300, group: 300, title: "nginx: worker process")
    _ = try machine.values(at: 1000)
    for (pid, name, title) in [
      (101, "apache2", "apache2"), (102, "apache2", "apache2"),
      (301, "nginx", "nginx: worker process"),
    ] {
      try machine.put(pid, name, parent: 1, group: pid / 100 * 100, title: title)
    }
    try machine.remove(100)
    try machine.remove(300)
    let values = try machine.values(at: 1300).values
    #expect(values["apache_up"] == "0" && values["nginx_up"] == "0")
    #expect(values["apache_processes.children"] == "U" && values["apache_memory"] == "U")
  }

  /// A damaged /proc may say that each is the other's parent.
  @Test func parentsInACircleEnd() throws {
    let machine = try ProcessMachine()
    try machine.putApache(1)
    try machine.put(400, "sh", parent: 401)
    try machine.put(401, "sh", parent: 402)
    try machine.put(402, "sh", parent: 400)
    try machine.put(403, "nginx", parent: 403, title: "nginx: master process")
    try machine.put(404, "apache2", parent: 405)
    try machine.put(405, "apache2", parent: 404)
    let values = try machine.values().values
    #expect(values["apache_up"] == "1" && values["nginx_processes"] == "1")
  }

  // MARK: Settings

  @Test func serversAreNamedByProgramOrPattern() throws {
    let machine = try ProcessMachine()
    try machine.putApache()
    try machine.put(700, "haproxy", parent: 1)
    try machine.put(701, "haproxy", parent: 700)
    try machine.put(800, "python3", parent: 1, title: "gunicorn: master [shop]")
    try machine.put(801, "python3", parent: 800, title: "gunicorn: worker [shop]")
    try machine.put(802, "python3", parent: 1, title: "python3 /usr/bin/other")
    let settings = [
      "names": "haproxy, php-fpm8.2", "regex_gunicorn": "^gunicorn: (master|worker)",
    ]
    let values = try machine.values(settings).values
    #expect(values["haproxy_processes.children"] == "1")
    #expect(values["gunicorn_processes.masters"] == "1" && values["gunicorn_processes"] == "2")
    #expect(values["php_fpm_up"] == "0" && values["php_fpm_processes"] == "U")
    #expect(values["apache_up"] == nil)
    // All is said in words that a master takes.
    for graph in try machine.graphs(settings) { #expect(isGraphName(graph.name), "\(graph.name)") }
  }

  /// What a pattern said of a process is remembered, but not when the process became another program.
  @Test func aPatternSeesANewProgram() throws {
    let machine = try ProcessMachine()
    try machine.put(800, "sh", parent: 1, title: "sh start-shop")
    let settings = ["regex_shop": "^node shop"]
    #expect(try machine.values(at: 1000, settings).values["shop_up"] == "0")
    try machine.put(800, "node", parent: 1, title: "node shop.js")
    #expect(try machine.values(at: 1300, settings).values["shop_up"] == "1")
  }

  private static let tooMany = (0..<40).map { "a\($0)" }.joined(separator: " ")

  @Test(
    arguments: [
      (["regex_x": "("], "env.regex_x"), (["smaps_most": "many"], "env.smaps_most"),
      (["smaps_most": "-1"], "env.smaps_most"),
      (["names": tooMany], "env.names"),
    ] as [([String: String], String)])
  func whatMakesNoSenseIsNamed(settings: [String: String], source: String) throws {
    let machine = try ProcessMachine()
    let error = #expect(throws: PluginError.self) { try machine.values(settings) }
    #expect(error?.source == source)
  }

  @Test func aPatternThatNeverEndsIsToldAndHarmless() throws {
    let machine = try ProcessMachine()
    try machine.put(
      500, "x", parent: 1, title: String(repeating: "a", count: 3000) + "!")
    let answer = try machine.values(["regex_bad": "^(a+)+$"])
    #expect(answer.complaint?.contains("process 500") == true)
    #expect(answer.values["bad_up"] == "U")
  }

  @Test func limitsAreForOneServerOrForAll() throws {
    let machine = try ProcessMachine()
    try machine.putApache()
    try machine.put(300, "lighttpd", parent: 1)
    func limits(_ settings: [String: String], _ name: String) throws -> [String?] {
      let fields = try machine.graphs(settings).flatMap(\.fields).filter { $0.name == name }
      return fields.map(\.warning) + fields.map(\.critical)
    }
    #expect(try limits([:], "apache_up") == [nil, "1:"])
    // 60 and 80 % of a million kB.
    #expect(try limits([:], "apache_memory") == ["614400000", "819200000"])
    let settings = ["memory_warning": "10%", "apache_memory_critical": "50%"]
    #expect(try limits(settings, "apache_memory") == ["102400000", "512000000"])
    #expect(try limits(settings, "lighttpd_memory") == ["102400000", "819200000"])
    // Apache always has children; lighttpd is one process.
    #expect(try limits([:], "children") == [nil, nil, "1:", nil])
    #expect(
      try limits(["apache_children_critical": "3:50"], "children") == [nil, nil, "3:50", nil])
  }

  // MARK: Memory

  @Test func theLargestAreReadAndTheOthersFollow() throws {
    let machine = try ProcessMachine()
    // Resident 4000 and 400 kB each; of the first half is its own share.
    try machine.put(100, "apache2", parent: 1, pages: 1000, pss: 2000)
    for pid in 101...104 { try machine.put(pid, "apache2", parent: 100, pages: 100, pss: 60) }
    let all = try machine.values(at: 1000).values
    #expect(all["apache_memory"] == "\((2000 + 4 * 60) * 1024)")
    #expect(all["apache_memory.swap"] == "\(5 * 2 * 1024)")
    let some = try machine.values(at: 1300, ["smaps_most": "1"]).values
    #expect(some["apache_memory"] == "\((2000 + 4 * 200) * 1024)")
    let config = try machine.graphs(["smaps_most": "1"], at: 1300).map(\.wireText).joined()
    #expect(config.contains("PSS of the largest processes"))
    // 1000 + 4 * 100 of their own, and the largest 3000 that one maps.
    let none = try machine.values(at: 1600, ["smaps_most": "0"]).values
    #expect(none["apache_memory"] == "\(4400 * 1024)")
    #expect(none["apache_memory.private"] == "\(1400 * 1024)")
    #expect(none["apache_memory.largest"] == "\(1000 * 1024)")
  }

  @Test func whatMayNotBeReadIsAnEstimateAndSaysSo() throws {
    let machine = try ProcessMachine()
    try machine.put(100, "apache2", parent: 1, pages: 1000)
    try machine.put(101, "apache2", parent: 100, pages: 500)
    #expect(try machine.values().values["apache_memory"] == "\((1500 + 3000) * 1024)")
    let config = try machine.graphs().map(\.wireText).joined()
    #expect(config.contains("an estimate, since PSS may not be read"))
    #expect(!config.contains("PSS: a shared page"))
  }

  /// Before Linux 4.5 only `statm` tells what is shared; before 2.6.34 nothing tells what is in swap.
  @Test func oldKernelsTellLess() throws {
    let machine = try ProcessMachine()
    try machine.put(100, "lighttpd", parent: 1, pages: 1000)
    try machine.folder.write("proc/100/status", "VmRSS: 4000 kB\n")
    try machine.folder.write("proc/100/statm", "5000 1000 300 1 0 1 0\n")
    let values = try machine.values().values
    let page = sysconf(Int32(_SC_PAGESIZE))
    #expect(values["lighttpd_memory.private"] == "\(700 * page)")
    #expect(values["lighttpd_memory.shared"] == "\(300 * page)")
    #expect(values["lighttpd_memory.swap"] == "U")
  }

  // MARK: What comes and goes

  private enum Step: String {
    case start, restart, stop, grow, shrink, recycle, again
  }

  /// Steps between looks, and spawned/gone/restarts after each.
  @Test(arguments: [
    ("start again grow shrink", "0/0/0 0/0/0 1/0/0 1/1/0"),
    // A child that is replaced, by one of the same number even, is another one.
    ("start recycle recycle", "0/0/0 1/1/0 2/2/0"),
    ("start restart again", "0/0/0 2/2/1 2/2/1"),
    ("start stop start", "0/0/0 U/U/U 2/2/1"),
  ])
  func processesAreCountedOnce(story: String, expected: String) throws {
    let machine = try ProcessMachine()
    var found: [String] = []
    var now = 1000.0
    for word in story.split(separator: " ") {
      let start = Int(now) - 10
      switch try #require(Step(rawValue: String(word))) {
      case .start, .restart:
        try machine.put(100, "apache2", parent: 1, start: start)
        for pid in [101, 102] { try machine.put(pid, "apache2", parent: 100, start: start) }
      case .stop: for pid in [100, 101, 102] { try machine.remove(pid) }
      case .grow: try machine.put(103, "apache2", parent: 100, start: start)
      case .shrink: try machine.remove(103)
      case .recycle: try machine.put(102, "apache2", parent: 100, start: start)
      case .again: break
      }
      let values = try machine.values(at: now).values
      found.append(
        ["spawned", "gone", "restarts"].map { values["apache_churn.\($0)"] ?? "-" }
          .joined(separator: "/"))
      now += 300
    }
    #expect(found.joined(separator: " ") == expected)
  }

  /// A server that is gone is a server that is down, also for a node that was started anew.
  @Test func whatWasSeenIsMissedAfterARestart() throws {
    let machine = try ProcessMachine()
    let state = try TemporaryFolder()
    let settings = ["MUNIN_PLUGSTATE": state.path + "/new/nobody"]
    try machine.putApache()
    try machine.put(200, "php-fpm8.2", parent: 1, title: "php-fpm: master process (x)")
    try machine.put(201, "php-fpm8.2", parent: 200, title: "php-fpm: pool www")
    let first = try machine.values(at: 1000, settings, ReadBuffer())
    #expect(first.complaint == nil)
    for pid in [100, 101, 102, 200, 201] { try machine.remove(pid) }
    #expect(machine.autoconf() == .no("no web server is running"))
    #expect(machine.autoconf(settings) == .yes)
    let values = try machine.values(at: 1300, settings, ReadBuffer()).values
    #expect(values["apache_up"] == "0" && values["apache_memory"] == "U")
    #expect(values["php_fpm_www_pool.children"] == "U")
    #expect(values["apache_up.extinfo"] == "no master process")
    #expect(Set(values.keys.filter { !$0.hasSuffix(".extinfo") }) == Set(first.values.keys))
    // It comes back as another one.
    try machine.put(100, "apache2", parent: 1, start: 1500)
    let again = try machine.values(at: 1600, settings, ReadBuffer()).values
    #expect(again["apache_up"] == "1" && again["apache_churn.restarts"] == "1")
    // Until somebody says that it will not come back.
    let forgotten = settings.merging(["ignore": "php-fpm"]) { $1 }
    #expect(try machine.values(at: 1900, forgotten, ReadBuffer()).values["php_fpm_up"] == nil)
    #expect(try machine.values(at: 2200, settings, ReadBuffer()).values["php_fpm_up"] == nil)
  }

  @Test(arguments: [
    "", "other file\nserver apache 1 2 3 1 measured\n", "apus web_processes 1\nserver apache 1 2\n",
    "apus web_processes 1\nserver a/b 1 2 3 1 measured\n", "apus web_processes 1\npool x\n",
    "apus web_processes 1\nserver apache 1 2 3 1 guessed\nmaster x y\nchild 1 99999999999999999999",
  ])
  func aForeignFileIsNoHistory(text: String) throws {
    let machine = try ProcessMachine()
    let state = try TemporaryFolder()
    try state.write("web_processes", text)
    let settings = ["MUNIN_PLUGSTATE": state.path]
    #expect(machine.autoconf(settings) == .no("no web server is running"))
    try machine.putApache()
    let values = try machine.values(at: 1000, settings, ReadBuffer()).values
    #expect(values["apache_churn.spawned"] == "0")
    // The file is ours from then on.
    let text = try String(contentsOfFile: state.path + "/web_processes", encoding: .utf8)
    #expect(text.hasPrefix("apus web_processes 1\nserver apache 0 0 0 "))
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path) == ["web_processes"])
  }

  @Test func nothingToShowIsAnErrorThatSaysWhatToDo() throws {
    let machine = try ProcessMachine()
    let error = #expect(throws: PluginError.self) { try machine.values() }
    #expect("\(error!)".contains("env.names"))
    #expect(try machine.values(["names": "nginx"]).values["nginx_up"] == "0")
  }

  // MARK: A hostile /proc

  /// Whatever file vanishes, and of whomever, at most what it told is missing.
  @Test(arguments: ["stat", "cmdline", "status", "smaps_rollup", ""])
  func processesMayVanishAtEachStep(file: String) throws {
    for pid in [100, 101, 200, 201] {
      let machine = try ProcessMachine()
      try machine.putApache()
      try machine.put(200, "nginx", parent: 1, title: "nginx: master process", pss: 10)
      try machine.put(201, "nginx", parent: 200, title: "nginx: worker process", pss: 10)
      try machine.folder.remove(file.isEmpty ? "proc/\(pid)" : "proc/\(pid)/\(file)")
      let answer = try machine.values()
      let isMasterGone = pid == 100 && ["stat", ""].contains(file)
      #expect(answer.values["apache_up"] == (isMasterGone ? "0" : "1"))
      for (field, value) in answer.values where value != "U" && !field.hasSuffix(".extinfo") {
        #expect(Double(value) != nil, "\(field) \(value)")
      }
    }
  }

  /// hidepid=1 shows numbers and nothing else; hidepid=2 not even those.
  @Test(arguments: [1, 2])
  func whatIsHiddenIsUnknownNotGone(hidepid: Int) throws {
    let machine = try ProcessMachine()
    try machine.putApache()
    #expect(try machine.values(at: 1000).values["apache_up"] == "1")
    for pid in [1, 100, 101, 102] {
      try machine.remove(pid)
      // A folder can be opened but not read, as root too.
      if hidepid == 1 { try machine.folder.write("proc/\(pid)/stat/x", "") }
    }
    // /proc itself is there.
    try machine.folder.write("proc/stat", "")
    let answer = try machine.values(at: 1300)
    #expect(!answer.values.isEmpty && answer.values.values.allSatisfy { $0 == "U" })
    #expect(answer.complaint?.contains(hidepid == 1 ? "/proc/" : "hidepid") == true)
    #expect(try machine.graphs(at: 1300).count > 8)
    #expect(throws: PluginError.self) { try ProcessMachine.empty(machine).values() }
  }

  @Test func zombiesAreNoChildren() throws {
    let machine = try ProcessMachine()
    try machine.putApache()
    try machine.put(103, "apache2", parent: 100, state: "Z")
    let values = try machine.values().values
    #expect(values["apache_processes.children"] == "2" && values["apache_states.zombie"] == "1")
    // One of an earlier server, which its parent has not asked yet.
    try machine.put(90, "apache2", parent: 1, state: "Z")
    #expect(try machine.values(at: 1100).values["apache_states.zombie"] == "1")
    try machine.put(100, "apache2", parent: 1, state: "Z")
    #expect(try machine.values(at: 1300).values["apache_up"] == "0")
  }

  // MARK: One look for all

  @Test func allPluginsOfProcessesShareOneLook() throws {
    let machine = try ProcessMachine()
    try machine.putApache()
    _ = try machine.values(at: 100)
    let processes = try local("processes")
    var reply = Reply()
    func host(_ seconds: Double) -> PluginKit.Host {
      LittleMachine(machine.folder.path).host(for: processes, at: seconds, [:], machine.buffer)
    }
    // Somebody else's look serves the web servers, which were asked for lately.
    try processes.values(on: host(110), into: &reply)
    #expect(reply.text.contains("processes.value 4\n"))
    try machine.remove(102)
    #expect(try machine.values(at: 110.9).values["apache_processes.children"] == "2")
    #expect(try machine.values(at: 112).values["apache_processes.children"] == "1")
    try machine.remove(101)
    reply = Reply()
    try processes.values(on: host(112.5), into: &reply)
    #expect(reply.text.contains("processes.value 3\n"))
  }

  /// In a node one slow read finds the processes and the servers' memory; `processes` uses what it found.
  @Test func nothingIsReadOfServersOnTheLoop() throws {
    let machine = try ProcessMachine()
    try machine.putApache()
    let buffer = ReadBuffer(hasWorkers: true)
    let host = machine.host(at: 1000, [:], buffer)
    let plugin = try local("web_processes")
    var reads = SlowReads()
    plugin.slowReads(for: .fetch, on: host, into: &reads)
    #expect(reads.needed.map(\.subject) == ["web servers in /proc"])
    var reply = Reply()
    // Asked without the read, as when it is stuck, there is no answer in time.
    let error = #expect(throws: PluginError.self) { try plugin.values(on: host, into: &reply) }
    #expect(error?.isTimeout == true)
    for read in reads.needed {
      read.begin()?()
      #expect(read.finish(at: 1000) == .answered)
    }
    try plugin.values(on: host, into: &reply)
    #expect(reply.text.contains("apache_up.value 1\n"))
    var others = SlowReads()
    try local("processes").slowReads(for: .fetch, on: host, into: &others)
    plugin.slowReads(for: .config, on: host, into: &others)
    #expect(others.isEmpty)
    try machine.remove(102)
    reply = Reply()
    try local("processes").values(on: host, into: &reply)
    #expect(reply.text.contains("processes.value 4\n"))
  }
}

extension ProcessMachine {
  /// The same machine for somebody who has seen nothing of it.
  static func empty(_ machine: ProcessMachine) throws -> ProcessMachine {
    let other = try ProcessMachine()
    try other.remove(1)
    try other.folder.write("proc/1/stat/x", "")
    return other
  }
}
