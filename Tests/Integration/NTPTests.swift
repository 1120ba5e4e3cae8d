import Foundation
import Testing

/// Whether networks can be made here that nobody else sees.
let canMakeNetworks =
  geteuid() == 0
  && ["unshare", "nsenter", "setpriv"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
  }

extension Programs {
  /// Real time daemons with good, wrong, silent and lossy sources, beside their own clients and munin's plugins.
  @Suite(
    .enabled(if: canMakeNetworks || Project.mustRun, "needs root, unshare, nsenter, setpriv and ip")
  )
  struct NTPTests {
    private static let ntpd = ["source": "ntpd"]

    /// One world for all: it takes its time to synchronise.
    @Test func daemonsAreToldAsTheirOwnClientsTellThem() async throws {
      let scratch = try Scratch()
      let world = try await TimeWorld(in: scratch)
      defer { world.kill() }
      try await noSystemPeerIsAState(world)
      try world.begin()
      try await untilSynchronised(world)
      try await ntpdIsToldAsByNtpq(world)
      try await chronyIsToldAsByChronyc(world)
      try await theTableIsNtpqs(world)
      try await compatibleServicesAreMunins(world)
      try await settingsAreThoseOfTheOriginals(world)
      try await whoeverIsThereIsFound(world)
      try await aDeadMachineIsToldSoon(world)
      try await aMasterStoresIt(world)
    }

    // MARK: Just started

    private func noSystemPeerIsAState(_ world: TimeWorld) async throws {
      let found = try await waiting(for: "an answer of ntpd", upTo: .seconds(10)) {
        let found = values(in: try await world.plugin("ntp_peers", settings: Self.ntpd))
        return found["ntp_peers_status/system_peer"] == "U" ? nil : found
      }
      #expect(found["ntp_peers_status/system_peer"] == "0")
      #expect(found["ntp_peers_status/stratum"] == "16" && found["ntp_peers_status/leap"] == "3")
      #expect(found["ntp_peers_usable/usable"] == "0" && found["ntp_peers_usable/all"] == "8")
      #expect(found["ntp_peers_system/offset"] == "U")
      let config = graphs(in: try await world.plugin("ntp_peers", "config", settings: Self.ntpd))
      #expect(config["ntp_peers_status"]?.fieldAttributes["system_peer"]?["warning"] == "1:")
      #expect(config["ntp_peers_status"]?.fieldAttributes["stratum"]?["critical"] == ":15")
      #expect(config["ntp_peers_usable"]?.fieldAttributes["usable"]?["critical"] == "1:")
      // munin's own ends with an error here; this one stays, and says why.
      let offset = try await world.plugin("ntp_offset", settings: Self.ntpd)
      #expect(offset == ["delay.value U", "offset.value U", "jitter.value U"])
      #expect(try await world.node(["ntp"], settings: Self.ntpd).contains("no system peer"))
    }

    private func untilSynchronised(_ world: TimeWorld) async throws {
      try await waiting(until: "both daemons have a leader", upTo: .seconds(90)) {
        let peers = try await world.client("ntpq", "-pn")
        let sources = try await world.client("chronyc", "-c", "-n", "sources")
        // The liar is found out, and all that answer have.
        return peers.contains { $0.hasPrefix("*") }
          && peers.contains { $0.hasPrefix("x203.0.113.14") }
          && peers.filter { ["*", "+", "-"].contains($0.prefix(1)) }.count >= 4
          && sources.contains { $0.hasPrefix("^,*") }
          && sources.contains { $0.hasPrefix("^,x,203.0.113.14") }
      }
    }

    // MARK: ntpd

    /// Asks until nothing has changed between two looks of the daemon's own client, at most twenty times.
    private func atOneMoment<Theirs: Equatable, Ours>(
      _ theirs: () async throws -> Theirs, _ ours: () async throws -> Ours
    ) async throws -> (theirs: Theirs, ours: Ours) {
      for _ in 0..<20 {
        let before = try await theirs()
        let found = try await ours()
        if try await theirs() == before { return (before, found) }
      }
      throw Trouble("no two looks were alike")
    }

    private func ntpdIsToldAsByNtpq(_ world: TimeWorld) async throws {
      let (rows, found) = try await atOneMoment {
        try await world.client("ntpq", "-pn").compactMap { PeerRow($0) }
      } _: {
        values(in: try await world.plugin("ntp_peers", settings: Self.ntpd))
      }
      #expect(rows.count == 8)
      let states: [Character: String] = [
        " ": "0", "x": "1", ".": "2", "#": "3", "-": "4", "+": "5", "*": "6", "o": "7",
      ]
      for row in rows {
        #expect(found["ntp_peers_state/\(row.field)"] == states[row.tally], "\(row)")
        #expect(found["ntp_peers_reach/\(row.field)"] == "\(row.reach.nonzeroBitCount)", "\(row)")
        #expect(found["ntp_peers_poll/\(row.field)"] == row.poll, "\(row)")
        #expect(
          found["ntp_peers_stratum/\(row.field)"] == (row.reach == 0 ? "U" : "\(row.stratum)"),
          "\(row)")
        for (graph, theirs) in zip(["delay", "offset", "jitter"], row.numbers) {
          let ours = found["ntp_peers_\(graph)/\(row.field)"]
          if row.reach == 0 {
            #expect(ours == "U", "\(graph) \(row)")
          } else {
            #expect(
              isNear(ours, theirs / 1000, within: 0.00005e-3 + abs(theirs) * 1e-6),
              "\(graph) \(row)")
          }
        }
      }
      #expect(
        rows.contains { abs($0.numbers[1] - 300) < 20 },
        "no offset is large enough to prove a unit: \(rows)")
      #expect(found["ntp_peers_status/system_peer"] == "1")
      #expect(
        found["ntp_peers_usable/usable"] == "\(rows.filter { "*o+-#".contains($0.tally) }.count)")

      // The daemon's own numbers move by themselves: there comes a moment in which both saw the same.
      var unlike: [String] = []
      try? await waiting(until: "ntpq's numbers of the clock", upTo: .seconds(30)) {
        unlike = try await differencesOfTheClock(world)
        return unlike.isEmpty
      }
      #expect(unlike.isEmpty)
      let since = try #require(found["ntp_peers_sync/since_sync"].flatMap(Double.init))
      #expect((0...60).contains(since))
    }

    /// What ntpq tells of the clock itself, and `ntp_peers` otherwise.
    private func differencesOfTheClock(_ world: TimeWorld) async throws -> [String] {
      let system = try await world.client(
        "ntpq", "-c", "rv 0 stratum,offset,rootdelay,rootdisp,sys_jitter"
      ).joined(separator: " ")
      let found = values(in: try await world.plugin("ntp_peers", settings: Self.ntpd))
      func number(_ name: String) -> Double? {
        system.firstMatch(of: try! Regex("\(name)=([-0-9.]+)"))?.output[1].substring.flatMap {
          Double($0)
        }
      }
      let stratum = found["ntp_peers_status/stratum"]
      var unlike: [String] = []
      if stratum == nil || stratum != number("stratum").map({ "\(Int($0))" }) {
        unlike.append("stratum \(stratum ?? "-"): \(system)")
      }
      for (field, name) in [
        ("offset", "offset"), ("root_delay", "rootdelay"), ("jitter", "sys_jitter"),
      ] {
        let theirs = try #require(number(name), "\(name) in \(system)")
        let ours = found["ntp_peers_system/\(field)"]
        if !isNear(ours, theirs / 1000, within: 0.002) {
          unlike.append("\(field) \(ours ?? "-"): \(system)")
        }
      }
      return unlike
    }

    private func isNear(_ text: String?, _ value: Double, within slack: Double) -> Bool {
      text.flatMap(Double.init).map { abs($0 - value) <= slack } ?? false
    }

    // MARK: chronyd

    private func chronyIsToldAsByChronyc(_ world: TimeWorld) async throws {
      let ways = [
        ["source": "chrony", "socket": world.chronySocket], ["source": "chrony", "port": "323"],
        ["source": "chrony", "port": "323", "host": "::1"],
      ]
      for (index, settings) in ways.enumerated() {
        let (rows, found) = try await atOneMoment {
          try await world.client("chronyc", "-c", "-n", "sources").map {
            // When it was heard moves on by itself.
            $0.split(separator: ",", omittingEmptySubsequences: false).enumerated().filter {
              $0.offset != 6
            }.map(\.element)
          }
        } _: {
          values(in: try await world.plugin("ntp_peers", settings: settings))
        }
        #expect(rows.count == 8)
        let states: [Substring: String] = [
          "*": "6", "?": "0", "x": "1", "~": "2", "+": "5", "-": "4",
        ]
        for row in rows {
          let field = "peer_" + String(row[2].map { $0.isLetter || $0.isNumber ? $0 : "_" })
          let reach = Int(row[5], radix: 8) ?? -1
          #expect(found["ntp_peers_state/\(field)"] == states[row[1]], "\(row)")
          #expect(found["ntp_peers_reach/\(field)"] == "\(reach.nonzeroBitCount)", "\(row)")
          #expect(
            isNear(found["ntp_peers_poll/\(field)"], exp2(Double(row[4]) ?? 99), within: 0),
            "\(row)")
          guard reach != 0 else {
            #expect(found["ntp_peers_offset/\(field)"] == "U", "\(row)")
            continue
          }
          #expect(found["ntp_peers_stratum/\(field)"] == String(row[3]), "\(row)")
          // chronyc's sign is the other one.
          let adjusted = try #require(Double(row[6]))
          #expect(
            isNear(
              found["ntp_peers_offset/\(field)"], -adjusted, within: 2e-9 + abs(adjusted) * 1e-6),
            "\(row)")
        }
        // Only the unix socket tells delays and counts.
        #expect((found["ntp_peers_delay/peer_203_0_113_11"] != nil) == (index == 0))
        if index == 0 { try await details(world, settings, found) }
      }
    }

    private func details(
      _ world: TimeWorld, _ settings: [String: String], _ found: [String: String]
    ) async throws {
      // Correction and dispersion move on by themselves, so they are left out here.
      let (tracking, status) = try await atOneMoment {
        try await world.client("chronyc", "-c", "-n", "tracking")[0].split(separator: ",")
          .enumerated().filter { $0.offset != 4 && $0.offset != 11 }.map { String($0.element) }
      } _: {
        (
          values(in: try await world.plugin("ntp_peers", settings: settings)),
          values(in: try await world.plugin("chrony_status", settings: settings)),
          values(in: try await world.plugin("chrony", settings: settings)),
          values(in: try await world.plugin("chrony_drift", settings: settings))
        )
      }
      let numbers = tracking.map { Double($0) ?? .nan }
      // refid, name, stratum, time, last, rms, frequency, residual, skew, root delay, interval, leap.
      let (peers, graphs, plain, drift) = status
      #expect(isNear(peers["ntp_peers_system/jitter"], numbers[5], within: 2e-9), "\(tracking)")
      #expect(isNear(peers["ntp_peers_system/root_delay"], numbers[9], within: 2e-9))
      #expect(peers["ntp_peers_status/stratum"] == tracking[2])
      #expect(isNear(graphs["chrony_frequency/frequency"], numbers[6], within: 6e-4))
      #expect(isNear(graphs["chrony_delay/delay"], numbers[9], within: 2e-9))
      #expect(graphs["chrony_stratum/stratum"] == tracking[2])
      #expect(
        graphs["chrony_serverstats/command_received"].flatMap(Double.init) ?? 0 > 10, "\(graphs)")
      #expect(isNear(plain["/rootdelay"], numbers[9] * 1000, within: 2e-6))
      #expect(isNear(plain["/skew"], numbers[8] * 100, within: 0.06))
      #expect(
        isNear(drift["/drift"], numbers[6], within: 6e-4)
          && isNear(drift["/error_bound"], numbers[8], within: 6e-4))
      // What is to be corrected, in chronyc's words "slow" and "fast"; the clock drifts on a little meanwhile.
      let moving = try await world.client("chronyc", "-c", "-n", "tracking")[0].split(
        separator: ",")
      let correction = try #require(Double(moving[4]))
      #expect(abs(correction) > 1e-5, "no correction is large enough to prove a sign: \(moving)")
      let slack = 0.2 * abs(correction)
      #expect(isNear(peers["ntp_peers_system/offset"], correction, within: slack), "\(moving)")
      #expect(isNear(graphs["chrony_systime/systime"], -correction, within: slack))
      #expect(isNear(plain["/systime"], -correction * 1000, within: slack * 1000))

      let (measured, ours) = try await atOneMoment {
        try await world.client(
          "chronyc", "-c", "-n", "-h", world.chronySocket, "ntpdata", "203.0.113.11")[0].split(
            separator: ",", omittingEmptySubsequences: false
          ).map(String.init)
      } _: {
        values(in: try await world.plugin("ntp_peers", settings: settings))
      }
      let delay = try #require(Double(measured[19]), "\(measured)")
      #expect(isNear(ours["ntp_peers_delay/peer_203_0_113_11"], delay, within: 2e-9), "\(measured)")

      // The offset is carried on from moment to moment, so it is left out here.
      func statistics() async throws -> [Double] {
        let rows = try await world.client("chronyc", "-c", "-n", "sourcestats")
        let row = rows.first { $0.hasPrefix("203.0.113.12,") }
        return row?.split(separator: ",").compactMap { Double($0) } ?? []
      }
      let (theirs, source) = try await atOneMoment {
        try await statistics().enumerated().filter { $0.offset != 5 }.map(\.element)
      } _: {
        values(in: try await world.plugin("chrony_203.0.113.12", settings: settings))
      }
      // samples, runs, span, frequency, skew, deviation.
      try #require(theirs.count == 6)
      #expect(isNear(source["/freq"], theirs[3], within: 6e-4))
      #expect(isNear(source["/freqsk"], theirs[4], within: 6e-4))
      #expect(isNear(source["/stddev"], theirs[5], within: 2e-9))
      let carried = try await statistics()[5]
      #expect(isNear(source["/offset"], carried, within: 1e-4), "\(source) \(carried)")
    }

    // MARK: The table

    private func theTableIsNtpqs(_ world: TimeWorld) async throws {
      let (theirs, text) = try await atOneMoment {
        try await world.client("ntpq", "-pn").compactMap { PeerRow($0) }
      } _: {
        try await world.node(["ntp"], settings: Self.ntpd)
      }
      let ours = text.split(separator: "\n").compactMap { PeerRow(String($0)) }
      #expect(ours.map(\.name) == theirs.map(\.name), "\(text)")
      for (ours, theirs) in zip(ours, theirs) {
        #expect(
          ours.tally == theirs.tally && ours.stratum == theirs.stratum
            && ours.reach == theirs.reach, "\(text)")
        #expect(ours.reference == theirs.reference && ours.poll == theirs.poll, "\(text)")
        guard theirs.reach != 0 else { continue }
        for (one, other) in zip(ours.numbers, theirs.numbers) {
          #expect(abs(one - other) <= 0.00056, "\(text)")
        }
      }
      #expect(
        text.contains("ntpd ntpsec-1.2.2") && text.contains("follows ")
          && text.contains("milliseconds"))
    }

    // MARK: munin's own

    /// What the manuals of munin's plugins name, and the limits that their helpers look up.
    private static let settingsOfMunins = [
      ["show_syspeer_stratum": "1"],
      ["nodelay": "1", "lowercase": "yes", "warning": "5", "critical": "7:8"],
      ["offset_warning": "-5:5", "delay_critical": "3", "nodelay": "0"],
    ]

    private func compatibleServicesAreMunins(_ world: TimeWorld) async throws {
      let scratch = world.scratch
      let services = [
        "ntp_offset", "ntp_states", "ntp_203.0.113.12", "ntp_2001:db8::11", "ntp_one.time.example",
      ]
      try FileManager.default.createSymbolicLink(
        atPath: try scratch.place("munin-node/plugins/ntp_peers"),
        withDestinationPath: Project.program("apus-node"))
      for name in services {
        let library = "\(Project.peers)/usr/share/munin/plugins"
        let file = FileManager.default.fileExists(atPath: "\(library)/\(name)") ? name : "ntp_"
        try FileManager.default.createSymbolicLink(
          atPath: try scratch.place("munin-node/plugins/\(name)"),
          withDestinationPath: "\(library)/\(file)")
      }
      for settings in Self.settingsOfMunins {
        let node = try await muninNode(world, settings)
        defer { node.kill() }
        let port = try await node.port()
        for service in services { try await isMunins(service, world, settings, port) }
        if settings["show_syspeer_stratum"] != nil { try await linkedIsOurs(world, port) }
      }
    }

    private func muninNode(
      _ world: TimeWorld, _ settings: [String: String]
    ) async throws -> RunningProgram {
      let environment = try await Integration.run(
        Project.peer("time-client"), ["environment"], in: world.scratch
      ).output
      let lines = settings.map { "env.\($0) \($1)\n" }.joined()
      try world.scratch.write(
        "[*]\n\(environment)\(lines)", to: "munin-node/plugin-conf.d/settings")
      let words =
        world.entrance + [Project.peer("munin-node"), "\(world.scratch.path)/munin-node", "0"]
      return try RunningProgram(words[0], Array(words.dropFirst()), in: world.scratch)
    }

    private func isMunins(
      _ service: String, _ world: TimeWorld, _ chosen: [String: String], _ port: Int
    ) async throws {
      let settings = Self.ntpd.merging(chosen) { $1 }
      let (theirs, ours) = try await atOneMoment {
        values(in: try await world.answers(of: port, to: ["fetch \(service)"])[0])
      } _: {
        values(in: try await world.plugin(service, settings: settings))
      }
      #expect(!theirs.isEmpty, "\(service)")
      #expect(theirs.keys.sorted() == ours.keys.sorted(), "\(service) \(chosen)")
      for (field, text) in theirs {
        #expect(
          isNear(ours[field], Double(text) ?? .nan, within: 0.00006),
          "\(service) \(field): \(text)")
      }
      let configs = try await world.answers(of: port, to: ["config \(service)"])[0]
      let described = graphs(in: try await world.plugin(service, "config", settings: settings))[""]
      let expected = try #require(graphs(in: configs)[""], "\(service): \(configs)")
      for key in ["graph_title", "graph_args", "graph_category"] {
        #expect(described?.attributes[key] == expected.attributes[key], "\(service) \(key)")
      }
      // munin's ntp_offset gives limits to a field `critical` that it does not have.
      let fields = expected.fields.filter { expected.fieldAttributes[$0]?["label"] != nil }
      for field in fields {
        for key in [
          "label", "cdef", "draw", "colour", "type", "graph", "min", "max", "warning", "critical",
        ] {
          // Only munin's ntp_offset knows limits; ours of the others are those that somebody sets for a field.
          let isOurs = service != "ntp_offset" && ["warning", "critical"].contains(key)
          let theirs =
            isOurs ? chosen["\(field)_\(key)"] : expected.fieldAttributes[field]?[key]
          #expect(
            described?.fieldAttributes[field]?[key] == theirs,
            "\(service) \(field) \(key) \(chosen)")
        }
      }
      #expect(described?.fields.sorted() == fields.sorted(), "\(service) \(chosen)")
    }

    private func linkedIsOurs(_ world: TimeWorld, _ port: Int) async throws {
      var settings = Self.ntpd
      settings["show_syspeer_stratum"] = "1"
      // The names come from DNS, in both.
      let states = values(in: try await world.plugin("ntp_states", settings: settings))
      #expect(
        states["/peer_one_time_example"] != nil && states["/peer_Two_Time_Example"] != nil,
        "\(states)")

      // Our own through a link, under munin's node.
      let linked = try await world.answers(of: port, to: ["config ntp_peers", "fetch ntp_peers"])
      let found = values(in: linked[1])
      #expect(graphs(in: linked[0])["ntp_peers_offset"]?.fields.count == 8)
      #expect(
        found["ntp_peers_usable/all"] == "8"
          && found["ntp_peers_offset/peer_203_0_113_14"].flatMap(Double.init).map { $0 > 0.25 }
            == true
      )
    }

    // MARK: Without settings

    /// chronyd goes before ntpd, and its absence is noticed by nobody but the log.
    private func whoeverIsThereIsFound(_ world: TimeWorld) async throws {
      #expect(try await world.node(["run", "ntp_peers", "autoconf"], settings: [:]) == "yes\n")
      #expect(
        try await world.node(["ntp"], settings: [:]).hasPrefix("chronyd (127.0.0.1:323): follows "))
      #expect(
        try await world.node(["ntp"], settings: ["socket": world.chronySocket]).hasPrefix(
          "chronyd (\(world.chronySocket))"))
      #expect(
        try await world.node(["ntp", "127.0.0.1"], settings: [:]).hasPrefix(
          "ntpd ntpsec-1.2.2 (127.0.0.1:123): follows "))
      let suggested = try await world.node(["run", "ntp_", "suggest"], settings: Self.ntpd)
      #expect(
        suggested.split(separator: "\n").sorted().first == "2001:db8::11"
          && suggested.contains("203.0.113.17\n"))
      #expect(
        try await world.node(["run", "ntp_offset", "autoconf"], settings: [:]).hasPrefix(
          "no (the time daemon here is chronyd"))
      // ntpd's own address is no loopback, so it stays silent there: that is waited for, but not long.
      let start = ContinuousClock.now
      let silent = try await world.plugin(
        "ntp_peers", settings: ["source": "ntpd", "host": "203.0.113.15"])
      #expect(values(in: silent)["ntp_peers_status/system_peer"] == "U")
      #expect(ContinuousClock.now - start < .seconds(5))
    }

    /// Both protocols at once, two seconds in all.
    private func aDeadMachineIsToldSoon(_ world: TimeWorld) async throws {
      let start = ContinuousClock.now
      let said = try await world.node(["ntp", "203.0.113.99"], settings: [:], failing: true)
      #expect(
        said == "apus-node: no answer from 203.0.113.99 (ntpd port 123, chronyd port 323)\n")
      #expect(ContinuousClock.now - start < .seconds(4))
    }

    // MARK: A master

    private func aMasterStoresIt(_ world: TimeWorld) async throws {
      let scratch = world.scratch
      let (node, port) = try await startNode(
        in: scratch, builtIn: ["ntp_peers", "ntp_offset", "ntp_states"],
        settings: "[ntp*]\nenv.source ntpd\n",
        under: world.entrance)
      defer { node.kill() }
      // The same look serves config and fetch of all, and names are known at the second question.
      try await waiting(until: "names are looked up") {
        try await world.answers(of: port, to: ["fetch ntp_states"])[0].contains {
          $0.hasPrefix("peer_one_time_example")
        }
      }
      let folder = "\(scratch.path)/master"
      _ = try await world.run([
        Project.peer("munin-master"), "conf", folder, "example.com;time=\(port)",
      ])
      _ = try await world.run([Project.peer("munin-master"), "update", folder])
      let files = scratch.files(below: "master/db", ending: ".rrd")
      for name in [
        "time-ntp_peers_offset-peer_203_0_113_14-g.rrd",
        "time-ntp_peers_state-peer_2001_db8__11-g.rrd",
        "time-ntp_peers_status-system_peer-g.rrd", "time-ntp_offset-offset-g.rrd",
        "time-ntp_states-peer_one_time_example-g.rrd",
      ] {
        #expect(files.contains("example.com/\(name)"), "\(name) in \(files)")
      }
      let file = try await RRDFile(
        path: "\(folder)/db/example.com/time-ntp_peers_offset-peer_203_0_113_14-g.rrd",
        scratch: scratch)
      let stored = try await file.last()
      #expect(Double(stored.text).map { abs($0 - 0.3) < 0.02 } == true, "\(stored)")
      #expect(files.filter { $0.contains("ntp_peers_offset") }.count == 8)
    }
  }
}
