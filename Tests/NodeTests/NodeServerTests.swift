import EventLoop
import Glibc
import Node
import Settings
import TestSupport
import Testing

struct NodeServerTests {
  /// A node that serves while `body` runs.
  @LoopActor
  func serving(
    _ conf: String = "", bench: Bench? = nil,
    _ body: @LoopActor (SocketAddress, NodeServer, Bench) async throws -> Void
  ) async throws {
    let chosen: Bench
    if let bench { chosen = bench } else { chosen = try await Bench() }
    var settings = NodeSettings.parse(SettingsFile(name: "conf", text: conf)).settings
    if settings.hosts == ["*"] { settings.hosts = ["127.0.0.1"] }
    settings.ports = [0]
    let (access, _) = AccessControl.compile(settings.access)
    let server = NodeServer(
      settings: settings, access: access, services: chosen.services, log: chosen.log,
      clock: chosen.clock)
    let address = try #require(try await server.listen().first)
    let running = Task(executorPreference: EventLoop.main) { await server.serve() }
    do { try await body(address, server, chosen) } catch {
      server.stop()
      throw error
    }
    server.stop()
    await running.value
  }

  @LoopActor
  func answer(_ address: SocketAddress, _ text: String) async throws -> String {
    let master = try await Connection.connect(to: address, within: .seconds(10))
    defer { master.close() }
    try await master.send(Array(text.utf8))
    master.finishSending()
    var bytes: [UInt8] = []
    while try await master.receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil {}
    return String(decoding: bytes, as: UTF8.self)
  }

  @LoopActor
  func greeting(_ master: Connection) async throws -> String? {
    try await master.receive { $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
  }

  @Test func mastersAreAnswered() async throws {
    try await onTestLoop {
      try await serving { address, _, bench in
        let text = try await answer(address, "fetch load\n")
        #expect(text == "# munin node at web01.example.com\nload.value 0.26\n.\n")
        #expect(bench.logged == [])
      }
    }
  }

  @Test(arguments: [
    ("reverse_lookups yes\nallow ^localhost$", true),
    ("double_reverse_lookups yes\nallow ^localhost$", true),
    ("allow ^localhost$", false),
    ("reverse_lookups yes\nallow ^127\\.0\\.0\\.1$\ndeny ^localhost$", false),
  ])
  func namesAreLookedUpWhereTheSettingsSaySo(conf: String, isAdmitted: Bool) async throws {
    try await onTestLoop {
      try await serving(conf) { address, _, _ in
        let text = (try? await answer(address, "quit\n")) ?? ""
        #expect(text == (isAdmitted ? "# munin node at web01.example.com\n" : ""))
      }
    }
  }

  @Test func mastersThatAreCutOffAreToldOfOnce() async throws {
    try await onTestLoop {
      try await serving(bench: try await Bench(clock: LoopClock(standingAt: 0))) {
        address, server, bench in
        for _ in 0..<5 {
          let master = try await Connection.connect(to: address, within: .seconds(10))
          _ = try await greeting(master)
          // With a byte unread the kernel resets the connection.
          try await master.send(Array("version\n".utf8))
          try await turn(20)
          master.close()
        }
        try await reach("the reset") { !bench.logged.isEmpty }
        try await turn(20)
        #expect(bench.logged.count == 1, "\(bench.logged)")
        #expect(bench.logged[0].hasSuffix("connection ended: read: Connection reset by peer"))
      }
    }
  }

  @Test func aStrangerWhoTriesAgainIsToldOfOnce() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      try await serving("allow ^192$", bench: try await Bench(clock: clock)) { address, _, bench in
        for _ in 0..<5 { _ = try? await answer(address, "") }
        #expect(
          bench.logged == [
            "Denying connection from: 127.0.0.1: no allow or cidr_allow line matches "
              + "(conf:1: allow ^192$)"
          ])
        clock.advance(by: .seconds(60))
        for _ in 0..<5 { _ = try? await answer(address, "") }
        #expect(bench.logged.count == 2)
      }
    }
  }

  @Test func aRefusedPeerGetsNoByte() async throws {
    try await onTestLoop {
      try await serving("deny ^127.*") { address, _, bench in
        let master = try await Connection.connect(to: address, within: .seconds(10))
        #expect(try await greeting(master) == nil)
        master.close()
        #expect(
          bench.logged == ["Denying connection from: 127.0.0.1: deny ^127.* matches (conf:1)"])
      }
    }
    try await onTestLoop {
      try await serving("allow ^192\\.0\\.2\\.1$") { address, _, bench in
        let master = try await Connection.connect(to: address, within: .seconds(10))
        #expect(try await greeting(master) == nil)
        master.close()
        #expect(
          bench.logged == [
            "Denying connection from: 127.0.0.1: no allow or cidr_allow line matches "
              + "(conf:1: allow ^192\\.0\\.2\\.1$)"
          ])
      }
    }
  }

  @Test func thereAreAtMostSoManyConnections() async throws {
    try await onTestLoop {
      try await serving("max_servers 3") { address, _, bench in
        var masters: [Connection] = []
        for _ in 0..<3 {
          let master = try await Connection.connect(to: address, within: .seconds(10))
          #expect(try await greeting(master) != nil)
          masters.append(master)
        }
        for _ in 0..<2 {
          let late = try await Connection.connect(to: address, within: .seconds(10))
          #expect(try await greeting(late) == nil)
          late.close()
        }
        #expect(bench.logged == ["3 connections are open (max_servers): refusing more"])
        masters.removeFirst().close()
        // The place is free as soon as the node has seen the end.
        var next: String?
        for _ in 0..<1000 where next == nil {
          let late = try await Connection.connect(to: address, within: .seconds(10))
          next = try await greeting(late)
          late.close()
        }
        #expect(next == "# munin node at web01.example.com\n")
        for master in masters { master.close() }
      }
    }
  }

  /// A master that asks without end and reads as fast as it can must not keep the others waiting.
  @Test func aGreedyMasterLeavesRoomForOthers() async throws {
    try await onTestLoop {
      try await serving { address, _, _ in
        let stop = Locked(false)
        let greedy = Task.detached { askForEver(port: address.port, until: stop) }
        let start = ContinuousClock.now
        for _ in 0..<20 {
          let text = try await answer(address, "fetch load\n")
          #expect(text.hasSuffix("load.value 0.26\n.\n"))
        }
        let took = ContinuousClock.now - start
        stop.with { $0 = true }
        await greedy.value
        #expect(took < .seconds(10))
      }
    }
  }

  @Test func whatGoesWrongIsLoggedOnceAndTheNextIsWell() async throws {
    try await onTestLoop {
      try await serving { address, _, bench in
        let peer = plainConnection(to: address.port)
        _ = Array("fetch lo".utf8).withUnsafeBytes { write(peer, $0.baseAddress, $0.count) }
        try await turn(5)
        reset(peer)
        try await reach("the log's line") { !bench.logged.isEmpty }
        _ = try await answer(address, "fetch \u{FFFD}\n" + String(repeating: "x", count: 2000))
        let text = try await answer(address, "fetch load\n")
        #expect(text.hasSuffix("load.value 0.26\n.\n"))
        let log = bench.logged
        #expect(log.count == 2)
        #expect(log[0].hasSuffix("Connection reset by peer"))
        #expect(log[1].hasSuffix("connection ended: line too long"))
      }
    }
  }

  /// The node kills what still runs when it ends: that says nothing about the plugin.
  @Test func pluginsThatTheNodeKillsAtItsEndAreNotLogged() async throws {
    try await onTestLoop {
      let bench = try await Bench(
        scripts: [
          "slow":
            "[ \"$1\" = config ] && { echo graph_title S; exit; }\n: > $F/ready; exec sleep 100"
        ])
      var asking: Task<String, any Error>?
      try await serving(bench: bench) { address, _, bench in
        asking = Task { @LoopActor in try await answer(address, "fetch slow\n") }
        try await reach("the plugin's file") { bench.folder.read("ready") != nil }
      }
      _ = try? await asking?.value
      try await turn(20)
      #expect(bench.logged == [])
    }
  }

  @Test func stoppingEndsOpenConversations() async throws {
    try await onTestLoop {
      var master: Connection?
      try await serving { address, _, _ in
        let connection = try await Connection.connect(to: address, within: .seconds(10))
        #expect(try await greeting(connection) != nil)
        master = connection
      }
      let connection = try #require(master)
      do throws(IOError) {
        let end: Void? = try await connection.receive { _ in () }
        #expect(end == nil)
      } catch {}
      connection.close()
    }
  }

  @Test func aUnixSocketIsExemptFromRules() async throws {
    try await onTestLoop {
      let bench = try await Bench()
      let path = "\(bench.folder.path)/node.sock"
      var settings = NodeSettings()
      settings.hosts = [path]
      let (access, _) = AccessControl.compile([AccessRule(.deny, .pattern(".*"))])
      let server = NodeServer(
        settings: settings, access: access, services: bench.services, log: bench.log)
      let address = try #require(try await server.listen().first)
      let running = Task(executorPreference: EventLoop.main) { await server.serve() }
      #expect(try await answer(address, "fetch load\n").hasSuffix("load.value 0.26\n.\n"))
      server.stop()
      await running.value
      #expect(Glibc.access(path, F_OK) != 0)
    }
  }

  @Test func aPortThatIsTakenIsNamed() async throws {
    try await onTestLoop {
      let taken = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      defer { taken.close() }
      let bench = try await Bench()
      var settings = NodeSettings()
      settings.ports = [taken.address.port]
      let server = NodeServer(
        settings: settings, access: AccessControl.compile([]).0, services: bench.services,
        log: bench.log)
      var message = ""
      do throws(IOError) { _ = try await server.listen() } catch { message = "\(error)" }
      #expect(message == "bind 127.0.0.1:\(taken.address.port): Address already in use")
    }
  }

  /// One descriptor lost per conversation would show as 200.
  @Test func conversationsGiveTheirDescriptorsBack() async throws {
    let returned = try await onTestLoop {
      var returned = false
      try await serving { address, _, _ in
        let before = openDescriptors()
        for _ in 0..<200 { _ = try await answer(address, "list\nquit\n") }
        returned = await comesTrue { openDescriptors() - before < 100 }
      }
      return returned
    }
    #expect(returned)
  }
}

private func openDescriptors() -> Int {
  guard let folder = opendir("/proc/self/fd") else { return -1 }
  defer { closedir(folder) }
  var count = 0
  while readdir(folder) != nil { count += 1 }
  return count
}

/// Asks and reads outside the loop, with many questions always on the way.
private func askForEver(port: Int, until stop: Locked<Bool>) {
  let peer = plainConnection(to: port)
  let questions = Array(String(repeating: "fetch load\n", count: 2000).utf8)
  var answers = [UInt8](repeating: 0, count: 1 << 20)
  while !stop.with({ $0 }) {
    _ = questions.withUnsafeBytes { write(peer, $0.baseAddress, $0.count) }
    _ = answers.withUnsafeMutableBytes { recv(peer, $0.baseAddress, $0.count, 0x40) }
  }
  close(peer)
}
