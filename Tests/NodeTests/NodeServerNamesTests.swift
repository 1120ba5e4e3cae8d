import EventLoop
import Node
import Settings
import TestSupport
import Testing

/// Names: those the node listens at, and those of peers.
extension NodeServerTests {
  /// A resolver may wait for seconds; the loop serves everybody meanwhile.
  @Test func namesAreResolvedOnWorkerThreads() async throws {
    let calls = Locked<[(name: String, onLoop: Bool)]>([])
    try await onTestLoop {
      let bench = try await Bench()
      var settings = NodeSettings()
      settings.hosts = ["127.0.0.1"]
      settings.ports = [0]
      let server = NodeServer(
        settings: settings, access: AccessControl.compile([]).0, services: bench.services,
        log: bench.log,
        resolve: { endpoint in
          calls.with { $0.append((endpoint.host, EventLoop.main.isCurrent)) }
          return NodeServer.address(of: HostPort(host: "127.0.0.1", port: endpoint.port))
        })
      _ = try await server.listen()
      #expect(calls.with(\.count) == 0, "an address is no name")
      let running = Task(executorPreference: EventLoop.main) { await server.serve() }
      settings.hosts = ["web01.example.com"]
      try await server.apply(settings, access: AccessControl.compile([]).0)
      let address = try #require(server.addresses.first)
      #expect(try await answer(address, "fetch load\n").contains("load.value 0.26\n"))
      server.stop()
      await running.value
    }
    #expect(calls.with { $0.map(\.name) } == ["web01.example.com"])
    #expect(calls.with { $0.allSatisfy { !$0.onLoop } })
  }

  @Test func aNameWithoutAnAddressLeavesAllAsItWas() async throws {
    try await onTestLoop {
      let bench = try await Bench()
      var settings = NodeSettings()
      settings.hosts = ["127.0.0.1"]
      settings.ports = [0]
      let server = NodeServer(
        settings: settings, access: AccessControl.compile([]).0, services: bench.services,
        log: bench.log,
        resolve: { .failure(.unresolved(host: $0.host, reason: "no such name")) })
      let before = try await server.listen()
      settings.hosts = ["127.0.0.1", "nowhere.example"]
      let error = await #expect(throws: IOError.self) {
        try await server.apply(settings, access: AccessControl.compile([]).0)
      }
      #expect("\(error!)" == "cannot resolve nowhere.example: no such name")
      #expect(server.addresses == before)
      server.stop()
    }
  }

  /// With `double_reverse_lookups` a peer without a proven name is refused, whatever the rules say of its address.
  @Test(
    arguments: [
      ("double_reverse_lookups yes\nallow .*", nil, false),
      ("double_reverse_lookups yes\nallow .*", "master.example", true),
      ("reverse_lookups yes\nallow .*", nil, true),
      ("double_reverse_lookups yes\nallow ^master.*", "master.example", true),
      ("double_reverse_lookups yes\nallow ^master.*", "other.example", false),
      ("double_reverse_lookups yes\nallow .*\ndeny ^master.*", "master.example", false),
    ] as [(String, String?, Bool)])
  func onlyAProvenNameIsAdmitted(conf: String, name: String?, isAdmitted: Bool) async throws {
    let proofs = Locked<[Bool]>([])
    let text = try await onTestLoop {
      let bench = try await Bench()
      var settings = NodeSettings.parse(SettingsFile(name: "conf", text: conf)).settings
      settings.hosts = ["127.0.0.1"]
      settings.ports = [0]
      let server = NodeServer(
        settings: settings, access: AccessControl.compile(settings.access).0,
        services: bench.services, log: bench.log,
        nameOf: { _, isProven in
          proofs.with { $0.append(isProven) }
          return name
        })
      let address = try #require(try await server.listen().first)
      let running = Task(executorPreference: EventLoop.main) { await server.serve() }
      let text = (try? await answer(address, "quit\n")) ?? ""
      server.stop()
      await running.value
      return text
    }
    #expect(text == (isAdmitted ? "# munin node at web01.example.com\n" : ""))
    #expect(proofs.with { $0 } == [conf.contains("double")])
  }
}
