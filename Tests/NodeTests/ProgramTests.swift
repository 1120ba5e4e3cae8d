import Daemon
import EventLoop
import Glibc
import Node
import TestSupport
import Testing

/// apus-node as its user meets it.
@Suite(.serialized)
struct ProgramTests {
  private let program = "\(builtPrograms)/apus-node"

  /// Folders without plugins and settings of this machine.
  private func arguments(_ folder: TemporaryFolder, config: String) throws -> [String] {
    try folder.write("plugins/.keep", "")
    try folder.write("conf.d/.keep", "")
    // Plugins run as ourselves: the folder is nobody else's.
    let config =
      config + """

        default_plugin_user \(geteuid())
        default_plugin_group \(getegid())
        plugin_state_dir \(folder.path)/state
        """
    return [
      "--config", try folder.write("node.conf", config), "--servicedir", "\(folder.path)/plugins",
      "--sconfdir", "\(folder.path)/conf.d",
    ]
  }

  /// A port that was free a moment ago.
  private func freePort() async throws -> Int {
    try await onTestLoop {
      let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      defer { listener.close() }
      return listener.address.port
    }
  }

  private func ask(_ port: Int, _ text: String) async throws -> String {
    try await onTestLoop {
      let master = try await Connection.connect(
        to: try SocketAddress(host: "127.0.0.1", port: port), within: .seconds(10))
      defer { master.close() }
      try await master.send(Array(text.utf8))
      master.finishSending()
      var bytes: [UInt8] = []
      while try await master.receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil {}
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  @Test func helpGoesToStdout() throws {
    let end = try RunningProgram(program, ["--help"]).end()
    #expect(end.status == 0 && end.errors == "")
    #expect(end.output.hasPrefix("apus-node: answers munin masters about this machine\n"))
    for option in ["--config FILE", "--servicedir DIR", "--sconfdir DIR", "--help", "--version"] {
      #expect(end.output.contains("  \(option)"), "\(option)")
    }
  }

  @Test func theVersionIsOneLine() throws {
    let end = try RunningProgram(program, ["--version"]).end()
    #expect(end.status == 0 && end.errors == "")
    #expect(end.output == "apus-node \(apusVersion)\n")
  }

  @Test(arguments: [
    (["--nope"], "unknown option '--nope'"), (["serve"], "unknown command 'serve'"),
    (["check", "all"], "unexpected word 'all'"),
    (["run"], "run: expected PLUGIN and at most one word for it"),
    (["run", "a", "b", "c"], "run: expected PLUGIN and at most one word for it"),
    (["check", "--suggest"], "option --suggest belongs to 'apus-node plugins'"),
    (["--config"], "option --config needs FILE"),
  ])
  func wrongCallsAreUsage(words: [String], message: String) throws {
    let end = try RunningProgram(program, words).end()
    #expect(end.status == 2 && end.output == "")
    #expect(end.errors == "apus-node: \(message); 'apus-node --help' shows what it takes\n")
  }

  @Test func allProblemsAreToldAndNothingIsStarted() async throws {
    let folder = try TemporaryFolder()
    let port = try await freePort()
    try folder.script("plugins/tell", ": > \(folder.path)/started")
    try folder.write("conf.d/one", "[load]\ntimeout soon\n")
    try folder.write("conf.d/two", "no section\n")
    let words = try arguments(
      folder,
      config: """
        host 127.0.0.1
        port \(port)
        timeout often
        allow (
        ignore_file [
        cidr_deny 10.0.0.0
        host_name two words
        """)
    let end = try RunningProgram(program, words).end()
    #expect(end.status == 2 && end.output == "")
    let lines = end.errors.split(separator: "\n").map(String.init)
    for place in [
      "node.conf:3: timeout: expected seconds from 1 to 604800, found 'often'",
      "node.conf:4: allow: ",
      "node.conf:5: ignore_file: ", "node.conf:6: cidr_deny: ", "node.conf:7: host_name: ",
      "conf.d/one:2: ", "conf.d/two:1: ",
    ] { #expect(lines.contains { $0.contains(place) }, "\(place)\n\(end.errors)") }
    #expect(lines.allSatisfy { $0.hasPrefix("apus-node: ") })
    #expect(folder.read("started") == nil)
  }

  #if TLS
    /// Where TLS is demanded, what is wrong with its files is a reason not to start.
    @Test(arguments: ["enabled", "paranoid"]) func badFilesOfTLSAreNamed(mode: String) throws {
      let folder = try TemporaryFolder()
      let key = try folder.write("key.pem", "no key", mode: 0o600)
      let words = try arguments(
        folder,
        config: """
          tls \(mode)
          tls_private_key \(key)
          tls_certificate \(try Certificates.path("node.pem"))
          tls_ca_certificate /nonexistent/ca.pem
          tls_match [
          """)
      let end = try RunningProgram(program, words).end()
      #expect(end.status == 2 && end.output == "")
      for fault in [
        "tls \(mode): tls_private_key \(key): expected a private key in PEM format, found none\n",
        "tls \(mode): cannot read tls_ca_certificate /nonexistent/ca.pem: No such file or directory\n",
        "node.conf:5: tls_match: pattern '[': ",
      ] { #expect(end.errors.contains(fault), "\(end.errors)") }
    }

    /// In `auto` they are worth a word, and the node serves.
    @Test func badFilesOfTLSDoNotStopAuto() async throws {
      let folder = try TemporaryFolder()
      let key = try folder.write("key.pem", "no key", mode: 0o600)
      let running = try RunningProgram(
        program,
        try arguments(
          folder,
          config:
            "host 127.0.0.1\nport \(try await freePort())\nhost_name n\ntls_private_key \(key)\n"))
      #expect(running.waitUntilItSays("serves n on"))
      #expect(
        running.said.contains(
          "warning: \(folder.path)/node.conf: tls auto: tls_private_key \(key): expected a private key"
        ))
      running.send(SIGTERM)
      #expect(running.end().status == 0)
    }
  #else
    @Test func tlsThatIsDemandedIsNotDropped() throws {
      let folder = try TemporaryFolder()
      let end = try RunningProgram(program, try arguments(folder, config: "tls enabled\n")).end()
      #expect(end.status == 2)
      #expect(end.errors.contains("tls enabled: this apus-node was built without TLS"))
    }
  #endif

  @Test func aMissingFileIsNamed() throws {
    let end = try RunningProgram(program, ["--config", "/nonexistent/node.conf"]).end()
    #expect(end.status == 2)
    #expect(
      end.errors.contains(
        "apus-node: cannot open /nonexistent/node.conf: No such file or directory\n"))
  }

  @Test func aMissingFolderIsNamed() async throws {
    let folder = try TemporaryFolder()
    let emptied = try TemporaryFolder()
    let config = try folder.write("node.conf", "host 127.0.0.1\nport \(try await freePort())\n")
    let end = try RunningProgram(
      program, ["--config", config, "--servicedir", "/nonexistent", "--sconfdir", emptied.path]
    ).end()
    #expect(end.status != 0)
    #expect(end.errors.contains("/nonexistent: No such file or directory"))
  }

  @Test func aTakenPortIsNamed() async throws {
    let folder = try TemporaryFolder()
    let (listener, port) = try await onTestLoop {
      let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      return (listener, listener.address.port)
    }
    let end = try RunningProgram(
      program, try arguments(folder, config: "host 127.0.0.1\nport \(port)\n")
    ).end()
    try await onTestLoop { listener.close() }
    #expect(end.status == 1 && end.output == "")
    #expect(
      end.errors.contains(
        "apus-node: bind 127.0.0.1:\(port): Address already in use: port \(port) is taken by ")
    )
    #expect(end.errors.contains("(pid \(getpid())"), "\(end.errors)")
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func asksAndEndsCleanly(signal: Int32) async throws {
    let folder = try TemporaryFolder()
    let port = try await freePort()
    let running = try RunningProgram(
      program,
      try arguments(
        folder, config: "host 127.0.0.1\nport \(port)\nhost_name Web01\nallow ^127\\..*$\n"))
    #expect(running.waitUntilItSays("serves Web01 on 127.0.0.1:\(port)"))
    let text = try await ask(port, "cap multigraph\nlist\nfetch load\n")
    #expect(text.hasPrefix("# munin node at Web01\ncap multigraph dirtyconfig\n"))
    #expect(text.contains("\nload.value ") && text.hasSuffix("\n.\n"))
    // The services of this machine, whatever it has.
    #expect(text.split(separator: "\n")[2].split(separator: " ").contains("load"))
    running.send(signal)
    let end = running.end()
    #expect(end.status == 0 && end.signal == nil)
    #expect(end.errors.split(separator: "\n").count == 2, "\(end.errors)")
    #expect(end.errors.hasSuffix("apus-node ends\n"))
  }

  /// A master that waits for a plugin gets its answer, then the node ends.
  @Test func theAnswerUnderWayIsSentBeforeTheEnd() async throws {
    let folder = try TemporaryFolder()
    let port = try await freePort()
    let words = try arguments(folder, config: "host 127.0.0.1\nport \(port)\nhost_name n\n")
    try folder.script(
      "plugins/slow",
      "[ \"$1\" = config ] && { echo graph_title S; exit; }\n: > \(folder.path)/begun\n"
        + "while [ ! -e \(folder.path)/go ]; do sleep 0.01; done; echo s.value 2")
    let running = try RunningProgram(program, words)
    #expect(running.waitUntilItSays("serves n on"))
    let master = plainConnection(to: port)
    _ = Array("fetch slow\n".utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    try await onTestLoop {
      try await reach("the plugin's start") { folder.read("begun") != nil }
    }
    running.send(SIGTERM)
    // Refused as soon as the signal was seen.
    try await onTestLoop {
      let address = try SocketAddress(host: "127.0.0.1", port: port)
      var isRefused = false
      while !isRefused {
        do throws(IOError) {
          try await Connection.connect(to: address, within: .seconds(10)).close()
        } catch { isRefused = true }
      }
    }
    try folder.write("go", "")
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 1024)
    while case let count = read(master, &buffer, buffer.count), count > 0 {
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    close(master)
    #expect(text == "# munin node at n\ns.value 2\n.\n")
    let end = running.end()
    #expect(end.status == 0 && end.errors.hasSuffix("apus-node ends\n"))
  }

  /// A plugin that hangs, and a master that waits for it, hold up the end for five seconds.
  @Test func aPluginThatHangsHoldsUpTheEndForFiveSeconds() async throws {
    let folder = try TemporaryFolder()
    let port = try await freePort()
    let words = try arguments(folder, config: "host 127.0.0.1\nport \(port)\nhost_name n\n")
    try folder.script(
      "plugins/slow",
      "[ \"$1\" = config ] && { echo graph_title S; exit; }\necho $$ > \(folder.path)/pid; exec sleep 100"
    )
    let running = try RunningProgram(program, words)
    #expect(running.waitUntilItSays("serves n on"))
    let master = plainConnection(to: port)
    _ = Array("list\nfetch slow\n".utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    try await onTestLoop {
      try await reach("the plugin's start") { folder.read("pid")?.hasSuffix("\n") == true }
    }
    let start = ContinuousClock.now
    running.send(SIGTERM)
    let end = running.end()
    #expect(end.status == 0)
    let waited = ContinuousClock.now - start
    #expect(waited > .seconds(4) && waited < .seconds(20), "\(waited)")
    close(master)
    let pid = try #require(Int32(folder.read("pid")!.dropLast()))
    #expect(kill(pid, 0) != 0, "the plugin lives on")
  }

  /// The same while the configs are still being read.
  @Test func aSlowStartDoesNotHoldUpTheEnd() async throws {
    let folder = try TemporaryFolder()
    let words = try arguments(
      folder, config: "host 127.0.0.1\nport \(try await freePort())\nhost_name n\n")
    for name in ["a", "b", "c", "d", "e", "f"] {
      try folder.script("plugins/\(name)", ": > \(folder.path)/\(name); exec sleep 100")
    }
    let running = try RunningProgram(program, words)
    try await onTestLoop {
      try await reach("the configs' start") { folder.read("d") != nil }
    }
    let start = ContinuousClock.now
    running.send(SIGTERM)
    #expect(running.end().status == 0)
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  /// The node lives on the loop's thread: masters start no other.
  @Test func mastersStartNoThreads() async throws {
    let folder = try TemporaryFolder()
    let port = try await freePort()
    let words = try arguments(folder, config: "host 127.0.0.1\nport \(port)\nhost_name n\n")
    try folder.script("plugins/p", "echo p.value 1")
    let running = try RunningProgram(program, words)
    #expect(running.waitUntilItSays("serves n on"))
    for _ in 0..<20 { _ = try await ask(port, "list\nfetch p\nconfig p\n") }
    let threads = TestSupport.files(in: "/proc/\(running.pid)/task")
    running.send(SIGTERM)
    _ = running.end()
    #expect(threads.count == 1)
  }

  @Test func theLogCanBeRotated() async throws {
    let folder = try TemporaryFolder()
    let port = try await freePort()
    let running = try RunningProgram(
      program,
      try arguments(
        folder,
        config: "host 127.0.0.1\nport \(port)\nhost_name n\nlog_file \(folder.path)/log\n"))
    try await onTestLoop {
      try await reach("the first line") { folder.read("log")?.contains("serves n on") == true }
    }
    try folder.remove("log")
    running.send(SIGUSR1)
    try await onTestLoop { try await reach("the new log") { folder.read("log") != nil } }
    running.send(SIGTERM)
    #expect(running.end().status == 0)
    #expect(folder.read("log")?.hasSuffix("] apus-node ends\n") == true)
  }
}
