import Foundation
import Testing

extension Programs {
  /// UPSs over SNMP: net-snmp's own agent, whose UPS changes its state, and NUT's driver as a second opinion.
  @Suite struct SNMPTests {
    private static let service = "snmp_ups1.example.com_ups"

    /// A section for a device of the node `ups1.example.com`.
    private func section(_ agent: SNMPAgent, _ words: [String] = []) -> String {
      let lines = ["host=127.0.0.1", "port=\(agent.port)", "max_age=0", "timeout=5"] + words
      return "[\(Self.service)]\nhost_name ups1.example.com\n"
        + lines.map { "env." + $0.replacing("=", with: " ", maxReplacements: 1) + "\n" }.joined()
    }

    private func fetch(_ port: Int) throws -> [String: String] {
      values(in: try answers(of: port, to: ["fetch \(Self.service)"])[0])
    }

    /// Asks again until a state has been seen, as a master does every five minutes.
    private func waits(for state: String, at port: Int) async throws -> [String: String] {
      try await waiting(for: "state \(state)") {
        let found = try fetch(port)
        return found["ups_state/state"] == state ? found : nil
      }
    }

    @Test func everyVersionAndLevelIsUnderstood() async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch)
      for way in SNMPAgent.ways {
        let shown = try await run(
          Project.program("apus-node"),
          ["ups", "127.0.0.1", "port=\(agent.port)"] + way.settings
            + scratch.noSettings,
          in: scratch)
        #expect(shown.ending == .exit(0), "\(way.name): \(shown.errors)")
        for part in ["Example 1500", "on line", "100 %", "42 min", "231 V", "54.7 V"] {
          #expect(shown.output.contains(part), "\(way.name): \(shown.output)")
        }
      }
    }

    @Test(
      arguments: [
        (["community=wrong"], "agents do not answer a wrong community either"),
        (SNMPAgent.user("nobody"), "usmStatsUnknownUserNames"),
        (
          ["version=3", "v3username=sha", "v3authprotocol=sha", "v3authpassword=not-its-own"],
          "usmStatsWrongDigests: wrong passphrase"
        ),
        (
          [
            "version=3", "v3username=sha256", "v3authprotocol=sha",
            "v3authpassword=authentic-sha256",
          ],
          "usmStatsWrongDigests: wrong passphrase or protocol"
        ),
        (SNMPAgent.user("open", "sha"), "usmStatsUnsupportedSecLevels"),
        (
          SNMPAgent.user("aes", "sha") + ["v3privprotocol=aes", "v3privpassword=not-its-own"],
          "the privacy passphrase may be wrong"
        ),
        (SNMPAgent.user("aes", "sha"), "authorizationError"),
      ] as [([String], String)])
    func whatDoesNotFitIsToldInTheLog(settings: [String], reason: String) async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch)
      let node = try await startNode(
        in: scratch, builtIn: ["load", Self.service],
        settings: section(agent, settings + ["timeout=0.2", "retries=0"]))
      let found = try fetch(node.port)
      #expect(found["ups_state/state"] == "11", "\(found)")
      #expect(found["ups_state/communication_lost"] == "1")
      #expect(found["ups_charge/charge"] == "U")
      let log = try await waiting(for: "a reason in the log") {
        node.program.errors.contains(reason) ? node.program.errors : nil
      }
      #expect(log.contains("127.0.0.1:\(agent.port): "), "\(log)")
    }

    @Test(arguments: ["1.3.6.1.2.1.33", "1.3.6.1.4.1.318.1.3.27"])
    func statesComeAndGo(product: String) async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch, product: product)
      let node = try await startNode(
        in: scratch, builtIn: ["load", Self.service], settings: section(agent))
      for (word, state, flags) in [
        ("online", "0", ["on_line"]), ("battery", "9", ["on_battery"]),
        ("low", "10", ["on_battery", "low_battery"]), ("online", "0", ["on_line"]),
      ] {
        try agent.becomes(word)
        let found = try fetch(node.port)
        #expect(found["ups_state/state"] == state, "\(word)")
        for flag in ["on_line", "on_battery", "low_battery", "communication_lost"] {
          let expected = flags.contains(flag) ? "1" : "0"
          #expect(found["ups_state/\(flag)"] == expected, "\(word): \(flag)")
        }
      }
    }

    /// NUT asks the same agent; what both show is equal, in each state.
    @Test(arguments: [("1.3.6.1.2.1.33", "ietf"), ("1.3.6.1.4.1.318.1.3.27", "apcc")])
    func valuesAreThoseOfNUT(product: String, mibs: String) async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch, product: product)
      let node = try await startNode(
        in: scratch, builtIn: ["load", Self.service], settings: section(agent))
      let nut = try RunningProgram(
        Project.peer("nut-snmp"), ["\(scratch.path)/nut", "\(agent.port)", "0", mibs], in: scratch)
      let port = try await nut.port()
      for (word, status) in [
        ("online", "OL"), ("battery", "OB"), ("low", "OB LB"), ("online", "OL"),
      ] {
        try agent.becomes(word)
        // It asks once a second, and some objects less often: in the end all are equal.
        let ours = try fetch(node.port)
        var last: (differences: [String], compared: Int) = (["no answer"], 0)
        try? await waiting(until: "\(status) of NUT") {
          let shown = try await run(
            Project.peer("nut-snmp"), ["upsc", "\(port)"], in: scratch)
          last = try compare(shown.output, with: ours, status: status)
          return last.differences.isEmpty
        }
        #expect(last.differences.isEmpty, "\(word): \(last.differences)")
        #expect(last.compared >= 9, "\(word)")
      }
    }

    /// NUT's names and ours.
    private static let sameThings = [
      ("battery.charge", "ups_charge/charge"), ("battery.runtime", "ups_runtime/runtime"),
      ("battery.voltage", "ups_voltage/battery_voltage"),
      ("battery.temperature", "ups_temperature/battery_temperature"),
      ("input.voltage", "ups_voltage/input_voltage"),
      ("input.frequency", "ups_frequency/input_frequency"),
      ("output.voltage", "ups_voltage/output_voltage"),
      ("output.frequency", "ups_frequency/output_frequency"),
      ("output.current", "ups_current/output_current"),
      ("ups.load", "ups_load/load"), ("ups.realpower", "ups_power/real_power"),
      ("output.realpower", "ups_power/real_power"),
    ]

    /// What NUT tells otherwise than we, and how much both tell.
    private func compare(
      _ told: String, with ours: [String: String], status: String
    ) throws -> (differences: [String], compared: Int) {
      let lines = told.split(separator: "\n").map { $0.split(separator: ": ", maxSplits: 1) }
      let theirs = Dictionary(
        lines.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) },
        uniquingKeysWith: { $1 })
      var differences: [String] = []
      let words = Set((theirs["ups.status"] ?? "").split(separator: " "))
      if words != Set(status.split(separator: " ")) {
        differences.append("ups.status \(words), expected \(status)")
      }
      var compared = 0
      for (name, field) in Self.sameThings {
        guard let expected = theirs[name].flatMap(Double.init) else { continue }
        let found = ours[field].flatMap(Double.init)
        if found.map({ abs($0 - expected) <= 0.05 }) != true {
          differences.append("\(name) \(expected), \(field) \(ours[field] ?? "-")")
        }
        compared += 1
      }
      return (differences, compared)
    }

    /// snmpd restarted with one more start, as another engine, and as the same engine that counts its starts anew.
    @Test(arguments: [(false, ""), (true, ""), (true, "exactEngineID 0x80001f8804617075730001\n")])
    func aRestartedAgentIsFollowed(forgetting: Bool, extra: String) async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch, extra: extra)
      let node = try await startNode(
        in: scratch, builtIn: ["load", Self.service],
        settings: section(agent, SNMPAgent.user("aes", "sha", "aes") + ["retries=1"]))
      #expect(try fetch(node.port)["ups_charge/charge"] == "100")
      // With more than one start behind it, to forget some.
      for _ in 0..<2 {
        try await agent.end()
        try await agent.starts(forgetting: false)
      }
      _ = try await waits(for: "0", at: node.port)
      try await agent.end()
      let lost = try await waits(for: "11", at: node.port)
      #expect(lost["ups_charge/charge"] == "U")
      try agent.becomes("battery")
      try await agent.starts(forgetting: forgetting)
      #expect(try await waits(for: "9", at: node.port)["ups_charge/charge"] == "88")
    }

    /// Two devices made from one image: one engine, one user, two passphrases.
    @Test func devicesOfOneImageAreToldApart() async throws {
      let scratch = try Scratch()
      let image = "exactEngineID 0x80001f8804617075730002\nrouser twin auth\n"
      let agents = [
        try await SNMPAgent(
          in: scratch, name: "one", extra: image + "createUser twin SHA passphrase-one\n"),
        try await SNMPAgent(
          in: scratch, name: "two", extra: image + "createUser twin SHA passphrase-two\n"),
      ]
      try agents[1].becomes("battery")
      var settings = ""
      for (agent, word) in zip(agents, ["one", "two"]) {
        settings += """
          [snmp_\(word)_ups]
          host_name \(word).example.com
          env.host 127.0.0.1
          env.port \(agent.port)
          env.max_age 0
          env.version 3
          env.v3username twin
          env.v3authprotocol sha
          env.v3authpassword passphrase-\(word)

          """
      }
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_one_ups", "snmp_two_ups"], settings: settings)
      for _ in 0..<3 {
        let found = try answers(of: node.port, to: ["fetch snmp_one_ups", "fetch snmp_two_ups"])
          .map(values)
        #expect(found[0]["ups_state/state"] == "0")
        #expect(found[1]["ups_state/state"] == "9")
      }
    }

    /// The device is a node of its own in the master's files and pages.
    @Test func muninUpdateStoresTheDeviceAsANode() async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch)
      let node = try await startNode(
        in: scratch, builtIn: ["load", Self.service], settings: section(agent))
      let master = try await MuninMaster(
        in: scratch, nodes: ["example.com;ups1.example.com": node.port],
        settings: "[example.com;ups1.example.com]\nuse_node_name no\n")
      try agent.becomes("battery")
      try await master.run("update")
      for (graph, field, value) in [
        ("charge", "charge", 88.0), ("runtime", "runtime", 1860), ("state", "state", 9),
        ("voltage", "battery_voltage", 54.7),
      ] {
        let file = "example.com/ups1.example.com-ups_\(graph)-\(field)-g.rrd"
        #expect(master.files.contains(file), "\(master.files)")
        #expect(try await Double(master.rrd(file).last().text) == value)
      }
      #expect(!master.files.contains { $0.contains("-load-load-") }, "the node's own services")
    }

    /// Through a link the program is a plugin of munin's own node, which shows the device as a node.
    @Test func itIsAPluginOfMuninsNode() async throws {
      let scratch = try Scratch()
      let agent = try await SNMPAgent(in: scratch)
      try FileManager.default.createSymbolicLink(
        atPath: scratch.place("munin-node/plugins/\(Self.service)"),
        withDestinationPath: Project.program("apus-node"))
      let settings = section(agent).replacing("host_name ups1.example.com\n", with: "")
      // Wherever it is: the device's name is the service's.
      try scratch.write(settings, to: "munin-node/plugin-conf.d/settings")
      let node = try await startPeer("munin-node", in: scratch)
      let greeting = try converse(
        with: node.port, "cap multigraph\nnodes\nlist ups1.example.com\nquit\n")
      #expect(greeting.contains("\n\(Self.service)\n"), "\(greeting)")
      let found = try fetch(node.port)
      #expect(found["ups_state/state"] == "0")
      #expect(found["ups_charge/charge"] == "100")
      let config = graphs(in: try answers(of: node.port, to: ["config \(Self.service)"])[0])
      #expect(config["ups_charge"]?.fields == ["charge"])
    }
  }
}
