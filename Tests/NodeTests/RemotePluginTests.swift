import EventLoop
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Node

struct RemotePluginTests {
  @Test func aRemotePluginIsGivenUpAtItsDeadline() async throws {
    let (answer, log, waiting) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        builtIns: [.remote(Remote(mode: .hangs, clock: clock))], clock: clock)
      let asking = Task { @LoopActor in await bench.ask("remote") }
      try await reach { clock.waiting == 2 }
      clock.advance(by: .seconds(3))
      let answer = await asking.value
      try await turn(10)
      return (answer, bench.logged, clock.waiting)
    }
    #expect(answer == "# Timed out\n.\n")
    #expect(log == ["remote: no answer within 3 s"])
    #expect(waiting == 0, "the plugin's own wait was not cancelled")
  }

  @Test func aRemotePluginAnswersOrFails() async throws {
    let (good, config, bad, log) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let well = try await Bench(
        builtIns: [.remote(Remote(mode: .answers, clock: clock))], clock: clock)
      let ill = try await Bench(
        builtIns: [.remote(Remote(mode: .fails, clock: clock))], clock: clock)
      return (
        await well.ask("remote"), await well.ask("remote", .config), await ill.ask("remote"),
        ill.logged
      )
    }
    #expect(good == "remote.value 4\n.\n")
    #expect(config == "graph_title Remote\ngraph_category other\nremote.label remote\n.\n")
    #expect(bad == "# Bad exit\n.\n")
    #expect(log == ["remote: 192.0.2.1:123: expected an answer, found a refusal"])
  }

  @Test func aReasonForAnUnknownValueIsLoggedOnceAndSoIsItsEnd() async throws {
    let log = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let daemon = Daemon()
      let bench = try await Bench(
        builtIns: [.remote(Remote(mode: .answers, clock: clock, daemon: daemon))], clock: clock)
      daemon.complaint = "127.0.0.1:123: expected 12 bytes, found 3"
      for _ in 0..<2 { #expect(await bench.ask("remote") == "remote.value 4\n.\n") }
      // A config says nothing of values.
      _ = await bench.ask("remote", .config)
      daemon.complaint = nil
      _ = await bench.ask("remote")
      return bench.logged
    }
    #expect(
      log == ["remote: 127.0.0.1:123: expected 12 bytes, found 3", "remote: answers again"])
  }

  @Test func aTimeoutThatThePluginSawIsTheMastersToo() async throws {
    let answer = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        builtIns: [.remote(Remote(mode: .timesOut, clock: clock))], clock: clock)
      return await bench.ask("remote")
    }
    #expect(answer == "# Timed out\n.\n")
  }

  @Test func aDaemonThatComesLaterIsFoundLater() async throws {
    let lists = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let daemon = Daemon()
      daemon.isThere = false
      let bench = try await Bench(
        builtIns: [.remote(Remote(mode: .answers, clock: clock, daemon: daemon))], clock: clock)
      var lists = [await bench.list()]
      daemon.isThere = true
      clock.advance(by: .seconds(299))
      _ = await bench.list()
      try await turn(20)
      lists.append(await bench.list())
      clock.advance(by: .seconds(1))
      _ = await bench.list()
      try await reach { bench.services["remote"] != nil }
      lists.append(await bench.list())
      return lists
    }
    #expect(lists == ["", "", "remote"])
  }

  /// The alert that a daemon is gone is what its service is there for.
  @Test func aServiceStaysWhileItsDaemonIsSilent() async throws {
    let lists = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let daemon = Daemon()
      let plugin = BuiltIn.remote(Remote(mode: .answers, clock: clock, daemon: daemon))
      let bench = try await Bench(builtIns: [plugin], clock: clock)
      var lists = [await bench.list()]
      daemon.isThere = false
      try await bench.services.refresh()
      lists.append(await bench.list())
      // From the start, where somebody says whom to ask; what is merely set up is not.
      for words in ["env.host 192.0.2.1", "env.offset_warning 3"] {
        let other = try await Bench(
          settings: "[remote]\n\(words)", builtIns: [plugin], clock: clock)
        lists.append(await other.list())
      }
      return lists
    }
    #expect(lists == ["remote", "remote", "remote", ""])
  }

  @Test func whatTheMachineGetsLaterIsFoundLaterToo() async throws {
    let (before, after) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(clock: clock, load: false)
      try bench.folder.remove("vmstat")
      try await bench.services.load(program: nil)
      let before = await bench.list()
      try bench.folder.link("vmstat", to: "\(fixtures)/swap/linux-6.18/proc/vmstat")
      clock.advance(by: .seconds(300))
      _ = await bench.list()
      try await reach { bench.services["swap"] != nil }
      return (before, await bench.list())
    }
    #expect(before == "cpu load memory uptime")
    #expect(after == "cpu load memory swap uptime")
  }

  @Test func whoDoesNotSayWhetherItIsThereHoldsNobodyUp() async throws {
    let list = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        builtIns: fewBuiltIns + [.remote(Remote(mode: .hidesFor(clock), clock: clock))],
        clock: clock, load: false)
      let loading = Task { @LoopActor in try await bench.services.load(program: nil) }
      try await reach { clock.waiting == 2 }
      clock.advance(by: Deadlines.autoconf)
      try await loading.value
      return await bench.list()
    }
    #expect(list == "cpu load memory swap uptime")
  }

  @Test func aSectionOfADeviceMakesItsServiceOnANodeOfItsOwn() async throws {
    let (own, nodes, other, config, siblings) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let devices = Devices()
      let bench = try await Bench(
        settings: """
          [snmp_ups1_ups]
          env.community secret
          [snmp_10.0.0.7_ups]
          host_name rack7.example.com
          [snmp_*]
          env.timeout 2
          """, builtIns: [.remote(devices)], clock: clock)
      return (
        await bench.list(), await bench.services.nodes(),
        await bench.list("multigraph", host: "UPS1"),
        await bench.ask("snmp_ups1_ups", .config), await bench.ask("snmp_ups1_ups")
      )
    }
    #expect(own == "")
    #expect(nodes == ["rack7.example.com", "ups1", "web01.example.com"])
    #expect(other == "snmp_ups1_ups")
    #expect(
      config == """
        host_name ups1
        multigraph devices
        graph_title Devices
        graph_category other
        all.label all
        .

        """)
    #expect(
      siblings == "snmp_10.0.0.7_ups timeout=2\nsnmp_ups1_ups community=secret timeout=2\n.\n")
  }

  @Test(
    arguments: [
      ("snmp_ups1_ups", "ups1"), ("snmp_a_b_ups", "a_b"), ("snmp__ups", nil), ("snmp_ups", nil),
      ("snmp_x_load", nil), ("xsnmp_x_ups", nil),
    ] as [(String, String?)])
  func aDevicesNameStandsInTheMiddle(service: String, device: String?) {
    #expect(FamilyName("snmp__ups")?.suffix(of: service) == device)
    if let device { #expect(FamilyName("snmp__ups")?.service(for: device) == service) }
  }
}

/// What a daemon does, as the test goes on.
@LoopActor
private final class Daemon {
  nonisolated init() {}
  var isThere = true
  var complaint: String?
}

/// Asks somebody else, who answers, refuses or is silent.
private struct Remote: RemotePlugin {
  enum Mode: Sendable {
    case answers, fails, hangs, timesOut
    /// Does not say whether it is there.
    case hidesFor(LoopClock)
  }

  let mode: Mode
  let clock: LoopClock
  var daemon = Daemon()
  let name: StaticString = "remote"
  let manual = Manual("asks others", details: "For tests.", fields: [], example: "[remote]")

  func deadline(on host: Host) -> Duration { .seconds(3) }
  func autoconf(on host: Host) async -> Availability {
    if case .hidesFor(let clock) = mode { try? await clock.sleep(for: .seconds(1000)) }
    return daemon.isThere ? .yes : .no("nobody listens")
  }

  func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    [Graph("Remote", category: "other", fields: [Field("remote")])]
  }

  func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    reply.value("remote", 4 as Int)
    switch mode {
    case .answers, .hidesFor:
      if let complaint = daemon.complaint { reply.complain(complaint) }
    case .timesOut:
      throw PluginError(
        source: "192.0.2.1:123", expected: "an answer", found: "none in 1 s", isTimeout: true)
    case .fails:
      throw PluginError(source: "192.0.2.1:123", expected: "an answer", found: "a refusal")
    case .hangs: try? await clock.sleep(for: .seconds(1000))
    }
  }
}

/// Devices, each a node of its own; a value's line is a sibling with its settings.
private struct Devices: RemotePlugin {
  let name: StaticString = "snmp__ups"
  let isMultigraph = true
  let manual = Manual("asks devices", details: "For tests.", fields: [], example: "[snmp_x_ups]")

  func nodeName(of service: String, _ settings: [String: String]) -> String? {
    FamilyName("snmp__ups")?.suffix(of: service)
  }

  func deadline(on host: Host) -> Duration { .seconds(3) }
  func autoconf(on host: Host) async -> Availability { .no("nobody knows where") }

  func graphs(on host: Host) async throws(PluginError) -> [Graph] {
    var graph = Graph("Devices", category: "other", fields: [Field("all")])
    graph.name = "devices"
    return [graph]
  }

  func values(on host: Host, into reply: inout Reply) async throws(PluginError) {
    for sibling in host.family(of: name) {
      let settings = sibling.settings.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
      reply.append(sibling.service + settings.joined() + "\n")
    }
  }
}
