import EventLoop
import Foundation
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Plugins

struct NTPWatchTests {
  // MARK: Answers

  @Test func aDaemonIsTold() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    try await onTestLoop {
      let found = try await answers(of: NTPPeers(), on: timeHost(daemon.port))
      for line in [
        "offset.value -0.2505", "jitter.value 0.00225", "frequency.value -12.5",
        "system_peer.value 1",
        "stratum.value 2", "leap.value 0", "usable.value 2", "all.value 3", "since_sync.value 2.5",
        "peer_203_0_113_11.value -0.2505", "peer_203_0_113_11.value 8",
        "peer_203_0_113_11.value 64",
        "peer_203_0_113_11.value 6", "peer_2001_db8__11.value 0.003", "peer_2001_db8__11.value 7",
        "peer_203_0_113_15.value U",
      ] {
        #expect(
          found.values.split(separator: "\n").contains(line[...]), "\(line) in \(found.values)")
      }
      #expect(found.complaint == nil)
      #expect(found.config.contains("offset.warning -0.1:0.1\noffset.critical -0.5:0.5"))
      #expect(found.config.contains("system_peer.warning 1:"))
      #expect(found.config.contains("peer_203_0_113_15.warning 1:"))
    }
  }

  /// Fields of both answers are the same, whatever the daemon.
  @Test func configAndValuesAgree() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    try await onTestLoop {
      for host in [timeHost(daemon.port), timeHost(nil, ["source": "kernel"])] {
        let found = try await answers(of: NTPPeers(), on: host)
        let config = ConfigAnswer(Array(found.config.utf8).span, service: "ntp_peers")
        let fetch = FetchAnswer(Array(found.values.utf8).span, service: "ntp_peers")
        #expect(config.faults.isEmpty && fetch.faults.isEmpty)
        #expect(
          config.graphs.map { [$0.name] + $0.fields.map(\.name) }
            == fetch.graphs.map { [$0.name] + $0.values.map(\.field) })
        #expect(config.graphs.allSatisfy { !$0.fields.isEmpty })
      }
    }
  }

  @Test func ipv6IsAsked() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon(family: AF_INET6) { _, request in ntpd.answer(request) }
    try await onTestLoop {
      // Nobody is on 127.0.0.1, and the kernel says so at once.
      let host = timeHost(nil, ["source": "ntpd", "port": "\(daemon.port)"])
      let found = try await answers(of: NTPPeers(), on: host)
      #expect(found.complaint == nil && found.values.contains("usable.value 2\n"))
    }
  }

  // MARK: One question for all

  @Test func oneQuestionServesAllServices() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let buffer = ReadBuffer(hasWorkers: true)
      let host = timeHost(daemon.port, ["names": "no"], buffer: buffer)
      let first = NTPPeers(clock: clock)
      // Several at once, then one after the other.
      let waiting = (0..<5).map { _ in EventLoop.start { try? await answers(of: first, on: host) } }
      for task in waiting { #expect(await task.value != nil) }
      for (plugin, service) in [
        (NTPOffset() as any RemotePlugin, "ntp_offset"), (NTPStates(), "ntp_states"),
        (NTPPeer(), "ntp_203.0.113.11"),
      ] {
        _ = try await answers(
          of: plugin, on: timeHost(daemon.port, service: service, ["names": "no"], buffer: buffer))
      }
      #expect(daemon.questions == 5)
      clock.advance(by: .milliseconds(999))
      _ = try await answers(of: first, on: host)
      #expect(daemon.questions == 5)
      clock.advance(by: .milliseconds(1))
      _ = try await answers(of: first, on: host)
      #expect(daemon.questions == 10)
    }
  }

  // MARK: Trouble

  @Test func aDaemonThatGoesLeavesUnknownValuesAndAReason() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let host = timeHost(daemon.port)
      let plugin = NTPPeers(clock: clock)
      let before = try await answers(of: plugin, on: host)
      daemon.stop()
      clock.advance(by: .seconds(2))
      let after = try await answers(of: plugin, on: host)
      #expect(after.config == before.config)
      #expect(names(after.values).filter { $0 != "answers.extinfo" } == names(before.values))
      // All is unknown but that it does not answer.
      #expect(after.values.contains("\nanswers.value 0\nanswers.extinfo ntpd does not answer\n"))
      #expect(before.values.contains("\nanswers.value 1\n") && !before.values.contains("extinfo"))
      #expect(
        Set(
          after.values.split(separator: "\n").filter {
            !$0.hasPrefix("multigraph") && !$0.hasPrefix("answers.")
          }.map { $0.suffix(2) }) == [" U"])
      let complaint = try #require(after.complaint)
      #expect(
        complaint.contains("127.0.0.1:\(daemon.port)") && complaint.contains("Connection refused"))
    }
  }

  /// Whoever never saw it has nothing but the clock to describe.
  @Test func aDaemonThatNeverWasLeavesTheClocksGraphs() async throws {
    let daemon = try FakeDaemon { _, _ in [] }
    daemon.stop()
    try await onTestLoop {
      let host = timeHost(daemon.port)
      let found = try await answers(of: NTPPeers(), on: host)
      #expect(
        found.values.contains("offset.value U\n") && found.values.contains("system_peer.value U\n"))
      #expect(
        found.values.contains("\nanswers.value 0\nanswers.extinfo no time daemon answers\n"))
      #expect(
        found.config.contains("multigraph ntp_peers_status") && !found.config.contains("peer_2"))
      #expect(await NTPPeers().autoconf(on: host) != .yes)
      #expect(
        try await answers(of: NTPOffset(), on: host).values
          == "delay.value U\noffset.value U\njitter.value U\n")
    }
  }

  @Test func aLostQuestionIsAskedOnceMore() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { number, request in number < 2 ? [] : ntpd.answer(request) }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let host = timeHost(daemon.port)
      let asking = EventLoop.start { try? await answers(of: NTPPeers(clock: clock), on: host) }
      try await reach("both questions") { daemon.questions == 2 && clock.waiting > 0 }
      clock.advance(by: .milliseconds(500))
      let found = try #require(await asking.value)
      #expect(found.complaint == nil && found.values.contains("usable.value 2\n"))
    }
  }

  @Test func silenceIsNoEndlessWait() async throws {
    let daemon = try FakeDaemon { _, _ in [] }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let host = timeHost(daemon.port)
      let asking = EventLoop.start { try? await answers(of: NTPPeers(clock: clock), on: host) }
      try await reach("both questions") { daemon.questions == 2 && clock.waiting > 0 }
      clock.advance(by: .milliseconds(500))
      try await reach("both again") { daemon.questions == 4 && clock.waiting > 0 }
      clock.advance(by: .milliseconds(500))
      let found = try #require(await asking.value)
      #expect(found.values.contains("offset.value U\n"))
      #expect(found.complaint == "no answer from 127.0.0.1 (ntpd port \(daemon.port))")
    }
  }

  /// A machine that is named by the settings is asked on all its ports at once, and one message names them all.
  @Test func aDeadMachineIsToldInTheTimeOfOneQuestion() async throws {
    let daemon = try FakeDaemon { _, _ in [] }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let host = timeHost(daemon.port, source: "auto")
      let asking = EventLoop.start { try? await answers(of: NTPPeers(clock: clock), on: host) }
      for count in [4, 8] {
        try await reach("\(count) questions") { daemon.questions == count && clock.waiting > 1 }
        clock.advance(by: .milliseconds(500))
      }
      let found = try #require(await asking.value)
      let port = daemon.port
      #expect(
        found.complaint == "no answer from 127.0.0.1 (ntpd port \(port), chronyd port \(port))")
    }
  }

  /// After an answer only the place that gave it is asked; when it is silent, that costs one limit, not two.
  @Test func aMachineThatDiesIsAskedAtOnePlaceAndThenAtAll() async throws {
    let ntpd = FakeNTPD()
    let isSilent = Locked(false)
    let daemon = try FakeDaemon { _, request in
      isSilent.with { $0 } || request[0] == 6 ? [] : ntpd.answer(request)
    }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let host = timeHost(daemon.port, source: "auto")
      let plugin = NTPPeers(clock: clock)
      let first = try await answers(of: plugin, on: host)
      #expect(first.complaint == nil && first.values.contains("usable.value 2\n"))
      isSilent.with { $0 = true }
      for title in [
        "ntpd port \(daemon.port)", "ntpd port \(daemon.port), chronyd port \(daemon.port)",
      ] {
        clock.advance(by: .seconds(2))
        let asked = daemon.questions
        let asking = EventLoop.start { try? await answers(of: plugin, on: host) }
        let each = title.contains("chronyd") ? 4 : 2
        for round in 1...2 {
          try await reach("questions") {
            daemon.questions == asked + round * each && clock.waiting >= each / 2
          }
          clock.advance(by: .milliseconds(500))
        }
        #expect(await asking.value?.complaint == "no answer from 127.0.0.1 (\(title))")
      }
    }
  }

  @Test func aRefusalBesideSilenceIsNamed() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in
      request[0] == 6 ? [] : [ntpd.refusal(1, to: request)]
    }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let host = timeHost(daemon.port, source: "auto")
      let asking = EventLoop.start { try? await answers(of: NTPPeers(clock: clock), on: host) }
      for count in [4, 6] {
        try await reach("\(count) questions") { daemon.questions == count && clock.waiting > 0 }
        clock.advance(by: .milliseconds(500))
      }
      let port = daemon.port
      #expect(
        await asking.value?.complaint
          == "no usable answer from 127.0.0.1 (ntpd port \(port): error 1, chronyd port \(port): no answer)"
      )
    }
  }

  /// The daemon answers, but for one association: what is known of the others is told, and the field of that one stays.
  @Test func oneUnansweredAssociationIsUnknown() async throws {
    let ntpd = FakeNTPD()
    let isSilent = Locked(false)
    let daemon = try FakeDaemon { _, request in
      isSilent.with { $0 } && request[7] == 101 ? [] : ntpd.answer(request)
    }
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_800_000_000)
      let host = timeHost(daemon.port)
      let plugin = NTPPeers(clock: clock)
      let before = try await answers(of: plugin, on: host)
      isSilent.with { $0 = true }
      clock.advance(by: .seconds(2))
      let asking = EventLoop.start { try? await answers(of: plugin, on: host) }
      for count in [10, 11] {
        try await reach("question \(count)") { daemon.questions == count && clock.waiting > 0 }
        clock.advance(by: .milliseconds(500))
      }
      let after = try #require(await asking.value)
      #expect(names(after.values) == names(before.values))
      #expect(after.values.contains("peer_2001_db8__11.value U\n"))
      #expect(after.values.contains("peer_203_0_113_11.value -0.2505\n"))
      #expect(after.complaint?.contains("association 101") == true)
    }
  }

  /// Between the list and the question a pool's member may go.
  @Test func anAssociationThatIsGoneIsLeftOut() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in
      request[7] == 101 ? [ntpd.refusal(4, to: request)] : ntpd.answer(request)
    }
    try await onTestLoop {
      let found = try await answers(of: NTPPeers(), on: timeHost(daemon.port))
      #expect(
        found.complaint == nil && !found.values.contains("db8")
          && found.values.contains("all.value 2\n"))
    }
  }

  /// Another age's daemon does not know all words, and refuses the whole question: it is asked for what it has.
  @Test func unknownVariablesAreAskedDifferently() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in
      request[1] == 2 && request[11] != 0 ? [ntpd.refusal(5, to: request)] : ntpd.answer(request)
    }
    try await onTestLoop {
      let found = try await answers(of: NTPPeers(), on: timeHost(daemon.port))
      #expect(found.complaint == nil && found.values.contains("usable.value 2\n"))
    }
  }

  @Test func refusalsAreReasons() async throws {
    let ntpd = FakeNTPD()
    let all = try FakeDaemon { _, request in [ntpd.refusal(1, to: request)] }
    let one = try FakeDaemon { _, request in
      request[7] == 101 ? [ntpd.refusal(6, to: request)] : ntpd.answer(request)
    }
    try await onTestLoop {
      let refused = try await answers(of: NTPPeers(), on: timeHost(all.port))
      #expect(
        refused.complaint?.contains("error 1") == true
          && refused.values.contains("offset.value U\n"))
      let partly = try await answers(of: NTPPeers(), on: timeHost(one.port))
      #expect(partly.complaint?.contains("association 101, found error 6") == true)
      #expect(partly.values.contains("peer_203_0_113_11.value 8\n"))
    }
  }

  /// What comes from another socket than the one that was asked is never seen: the kernel throws it away.
  @Test func strangersAreNotHeard() async throws {
    let ntpd = FakeNTPD()
    var liar = FakeNTPD()
    liar.system = liar.system.replacing("offset=-250.5", with: "offset=999999")
    let lies = liar
    let forgery: @Sendable ([UInt8]) -> [UInt8] = { lies.answer($0)[0] }
    let daemon = try FakeDaemon(forgery: forgery) { _, request in ntpd.answer(request) }
    try await onTestLoop {
      let found = try await answers(of: NTPPeers(), on: timeHost(daemon.port))
      #expect(found.values.contains("offset.value -0.2505\n"))
    }
  }

  /// Damaged answers in between give a value, U or an error; the right answer counts.
  @Test func damagedAnswersAreSurvived() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { number, request in
      var noise = Noise(UInt64(number))
      return ntpd.answer(request).flatMap { piece in
        [
          noise.damaged(Array(piece[..<11])), Array(piece.prefix(20)),
          [UInt8](piece[..<2]) + [0xFF, 0xFF] + piece[4...], piece,
        ]
      }
    }
    try await onTestLoop {
      let found = try await answers(of: NTPPeers(), on: timeHost(daemon.port))
      #expect(found.complaint == nil && found.values.contains("offset.value -0.2505\n"))
    }
  }

  // MARK: States

  @Test func noSystemPeerIsAState() async throws {
    var ntpd = FakeNTPD()
    ntpd.system = "leap=11, stratum=16, refid=INIT, offset=0, sys_jitter=0, version=\"ntpd 4.2.8\""
    ntpd.status = 0xC016
    for index in ntpd.peers.indices { ntpd.peers[index].status = 0x9011 }
    let waiting = ntpd
    let daemon = try FakeDaemon { _, request in waiting.answer(request) }
    try await onTestLoop {
      let found = try await answers(of: NTPPeers(), on: timeHost(daemon.port))
      #expect(
        found.values.contains(
          "system_peer.value 0\nsystem_peer.extinfo no peer is selected\nstratum.value 16\nleap.value 3\n"
        ))
      #expect(
        found.values.contains("offset.value U\n") && found.values.contains("usable.value 0\n"))
      let offset = try await answers(of: NTPOffset(), on: timeHost(daemon.port))
      #expect(offset.values == "delay.value U\noffset.value U\njitter.value U\n")
      #expect(offset.complaint?.contains("expected a system peer, found none") == true)
      #expect(offset.config.contains("graph_title NTP timing statistics for system peer"))
    }
  }

  // MARK: munin's own settings

  @Test func settingsOfTheOriginalsCountAsThere() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    var pps = ntpd
    pps.peers[0].status = 0x971A
    let withPPS = pps
    let clocked = try FakeDaemon { _, request in withPPS.answer(request) }
    try await onTestLoop {
      func config(
        _ plugin: any RemotePlugin, _ service: String, _ settings: [String: String]
      ) async throws -> String {
        try await answers(of: plugin, on: timeHost(daemon.port, service: service, settings)).config
      }
      // jitter has no limits of `env.warning`, and `nodelay` means 1 in one plugin and Perl's truth in the other.
      let general = try await config(NTPOffset(), "ntp_offset", ["warning": "5", "critical": "7"])
      #expect(general.contains("delay.warning 5\n") && general.contains("offset.critical 7\n"))
      #expect(!general.contains("jitter.warning") && !general.contains("jitter.critical"))
      let own = try await config(NTPOffset(), "ntp_offset", ["jitter_warning": "5"])
      #expect(own.contains("jitter.warning 5\n"))
      for (value, one, family) in [
        ("1", true, true), ("yes", false, true), ("0", false, false), ("", false, false),
      ] {
        let settings = ["nodelay": value]
        let hidden = "delay.graph no\n"
        #expect(
          try await config(NTPOffset(), "ntp_offset", settings).contains(hidden) == one, "\(value)")
        #expect(
          try await config(NTPPeer(), "ntp_203.0.113.11", settings).contains(hidden) == family,
          "\(value)")
      }
      // The system peer's stratum is that of the peer which bears the mark `*`.
      let settings = ["show_syspeer_stratum": "", "names": "no"]
      let led = try await answers(
        of: NTPStates(), on: timeHost(daemon.port, service: "ntp_states", settings))
      #expect(led.values.contains("sys_peer_stratum.value 1\n"))
      let byPPS = try await answers(
        of: NTPStates(), on: timeHost(clocked.port, service: "ntp_states", settings))
      #expect(byPPS.values.contains("sys_peer_stratum.value 15\n"), "\(byPPS.values)")
    }
  }

  @Test func theKernelAloneIsTold() async throws {
    try await onTestLoop {
      let well = timeHost(nil, ["source": "kernel"])
      let found = try await answers(of: NTPPeers(), on: well)
      #expect(
        found.values.contains("offset.value 0.0000015\n") && found.values.contains("leap.value 0\n")
      )
      #expect(
        found.values.contains("frequency.value -12.5\n") && !found.values.contains("system_peer"))
      #expect(found.config.contains("leap.warning :2"))
      #expect(await NTPPeers().autoconf(on: well) == .yes)
      let ill = timeHost(nil, ["source": "kernel"], time: neglected)
      #expect(try await answers(of: NTPPeers(), on: ill).values.contains("leap.value 3\n"))
      #expect(await NTPPeers().autoconf(on: ill) != .yes)
      let none = timeHost(nil, ["source": "kernel"], time: nil)
      #expect(try await answers(of: NTPPeers(), on: none).complaint?.contains("adjtimex") == true)
    }
  }

  @Test func settingsThatMeanNothingAreErrors() async throws {
    try await onTestLoop {
      for settings in [["source": "sundial"], ["port": "0"], ["port": "x"], ["port": "65536"]] {
        await #expect(throws: PluginError.self) {
          _ = try await answers(of: NTPPeers(), on: timeHost(nil, settings))
        }
        #expect(await NTPPeers().autoconf(on: timeHost(nil, settings)) == .no("wrong settings"))
      }
    }
  }

  /// Offsets of `ntp_peers` are seconds: a limit of 50 was meant in milliseconds.
  @Test func aLimitInTheWrongUnitIsAFinding() throws {
    let manual = NTPPeers().manual
    for name in ["offset_warning", "jitter_critical", "peer_192_0_2_1_offset_warning"] {
      #expect(manual.finding(on: "-50:50", of: name)?.contains("the unit is seconds") == true)
      #expect(manual.finding(on: "-0.05:0.05", of: name) == nil)
    }
    #expect(manual.finding(on: ":64", of: "poll_warning") == nil)
  }

  @Test func rangesCanBeSet() async throws {
    let ntpd = FakeNTPD()
    let daemon = try FakeDaemon { _, request in ntpd.answer(request) }
    try await onTestLoop {
      let host = timeHost(
        daemon.port,
        [
          "offset_warning": "-1:1", "peer_203_0_113_11_offset_warning": "-2:2", "reach_warning": "",
          "since_sync_warning": "7200",
        ])
      let config = try await answers(of: NTPPeers(), on: host).config
      #expect(
        config.contains("\noffset.warning -1:1\n")
          && config.contains("peer_203_0_113_11.warning -2:2\n"))
      #expect(
        config.contains("peer_203_0_113_15.warning -1:1\n")
          && !config.contains("warning 1:\nmultigraph ntp_peers_stratum"))
      #expect(config.contains("since_sync.warning 7200\n"))
    }
  }

  private func names(_ values: String) -> [Substring] {
    values.split(separator: "\n").map { $0.hasPrefix("multigraph") ? $0 : $0.prefix { $0 != " " } }
  }
}
