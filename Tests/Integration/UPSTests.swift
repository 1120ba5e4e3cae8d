import Foundation
import Testing

extension Programs {
  /// UPSs of real daemons and agents, and what NUT's own programs say of the same.
  @Suite struct UPSTests {
    /// The agent's UPS, once NUT's snmp-ups sees it too.
    private struct Agent {
      let program: RunningProgram
      let port: Int
      let folder: String

      func becomes(_ state: String, in scratch: Scratch) throws {
        try scratch.write(state + "\n", to: "agent/state")
      }
    }

    private func startAgent(in scratch: Scratch, product: String) async throws -> Agent {
      let program = try RunningProgram(
        Project.peer("snmp-agent"), ["\(scratch.path)/agent", "0", product], in: scratch)
      return Agent(
        program: program, port: try await program.port(), folder: "\(scratch.path)/agent")
    }

    /// `upsc`'s variables.
    private func upsc(_ script: String, _ port: Int, in scratch: Scratch) async throws -> [String:
      String]
    {
      let said = try await run(Project.peer(script), ["upsc", "\(port)"], in: scratch).output
      var variables: [String: String] = [:]
      for line in said.split(separator: "\n") {
        let parts = line.split(separator: ": ", maxSplits: 1)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      }
      return variables
    }

    /// Our fields and the variables of NUT that tell the same.
    private let same = [
      ("ups_charge", "charge", "battery.charge"), ("ups_runtime", "runtime", "battery.runtime"),
      ("ups_load", "load", "ups.load"), ("ups_voltage", "input_voltage", "input.voltage"),
      ("ups_voltage", "output_voltage", "output.voltage"),
      ("ups_voltage", "battery_voltage", "battery.voltage"),
      ("ups_frequency", "input_frequency", "input.frequency"),
      ("ups_frequency", "output_frequency", "output.frequency"),
      ("ups_current", "output_current", "output.current"),
    ]

    /// From on line to on battery, to low, and back: every value as NUT's snmp-ups has it from the same agent.
    @Test(arguments: [
      ("1.3.6.1.2.1.33", "ietf"), ("1.3.6.1.4.1.318.1.3.27", "apcc"),
    ])
    func aDeviceIsTheSameToNUT(product: String, mibs: String) async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: product)
      let nut = try RunningProgram(
        Project.peer("nut-snmp"), ["\(scratch.path)/nut", "\(agent.port)", "0", mibs], in: scratch)
      let nutPort = try await nut.port()
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_rack7_ups"],
        settings:
          "[snmp_rack7_ups]\nhost_name rack7\nenv.host 127.0.0.1\nenv.port \(agent.port)\nenv.timeout 5\nenv.max_age 0\n"
      )
      for (state, words, number) in [
        ("online", ["OL"], "0"), ("battery", ["OB"], "9"), ("low", ["OB", "LB"], "10"),
        ("online", ["OL"], "0"),
      ] {
        try agent.becomes(state, in: scratch)
        let theirs = try await waiting(for: "\(state) at NUT") { () -> [String: String]? in
          let variables = try await upsc("nut-snmp", nutPort, in: scratch)
          let status = Set((variables["ups.status"] ?? "").split(separator: " ").map(String.init))
          let expected = Set(words)
          return status.intersection(["OL", "OB", "LB"]) == expected ? variables : nil
        }
        let ours = try conversation(with: node.port, of: "snmp_rack7_ups")
        #expect(ours.values["ups_state"]?["state"] == number, "\(state)")
        #expect(ours.values["ups_state"]?["on_line"] == (words == ["OL"] ? "1" : "0"))
        #expect(ours.values["ups_state"]?["low_battery"] == (words.contains("LB") ? "1" : "0"))
        var compared = 0
        for (graph, field, variable) in same {
          guard let text = theirs[variable], let their = Double(text) else { continue }
          let our = try #require(
            ours.values[graph]?[field].flatMap(Double.init), "\(field) is not told")
          // NUT's driver asks PowerNet for whole values where there are no tenths in its table.
          #expect(abs(our - their) <= (mibs == "apcc" ? 1 : 0.05), "\(field): \(our), \(their)")
          compared += 1
        }
        #expect(compared >= 6, "\(theirs)")
      }
    }

    /// The same device by each version of the protocol; and a wrong passphrase is a lost UPS with a reason.
    @Test func everyVersionTellsTheSame() async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: "1.3.6.1.4.1.318.1.3.27")
      let ways = [
        "v1": "env.version 1", "v2c": "env.version 2c\nenv.community public",
        "open": "env.version 3\nenv.v3username open",
        "sha":
          "env.version 3\nenv.v3username sha\nenv.v3authprotocol sha\nenv.v3authpassword authentic-sha",
        "sha256":
          "env.version 3\nenv.v3username sha256\nenv.v3authprotocol sha256\nenv.v3authpassword authentic-sha256",
        "aes":
          "env.version 3\nenv.v3username aes\nenv.v3authprotocol sha\nenv.v3authpassword authentic-aes\nenv.v3privprotocol aes\nenv.v3privpassword private-aes",
        "wrong":
          "env.version 3\nenv.v3username sha\nenv.v3authprotocol sha\nenv.v3authpassword authentic-wrong",
      ]
      let settings = ways.map {
        "[snmp_\($0.key)_ups]\nhost_name \($0.key)\nenv.host 127.0.0.1\nenv.port \(agent.port)\nenv.timeout 5\n\($0.value)\n"
      }.joined()
      let node = try await startNode(
        in: scratch, builtIn: ways.keys.map { "snmp_\($0)_ups" }, settings: settings)
      for way in ways.keys where way != "wrong" {
        let said = try conversation(with: node.port, of: "snmp_\(way)_ups")
        #expect(said.values["ups_state"]?["state"] == "0", "\(way)")
        #expect(said.values["ups_charge"]?["charge"] == "100", "\(way)")
        #expect(said.values["ups_runtime"]?["runtime"] == "2520", "\(way)")
        #expect(said.values["ups_load"]?["load"] == "37.1", "\(way)")
        #expect(said.values["ups_voltage"]?["input_voltage"] == "231.2", "\(way)")
      }
      let lost = try conversation(with: node.port, of: "snmp_wrong_ups")
      #expect(lost.values["ups_state"]?["state"] == "11")
      #expect(lost.values["ups_charge"]?["charge"] == "U")
      #expect(lost.fields["ups_charge"]?["charge"]?["label"] == "charge")
      #expect(node.program.errors.contains("snmp_wrong_ups: "), "\(node.program.errors)")
    }

    /// A device that goes away is lost, at once from then on; it comes back with the values it has then.
    @Test func aDeviceGoesAndComesBack() async throws {
      let scratch = try Scratch()
      var agent = try await startAgent(in: scratch, product: "1.3.6.1.2.1.33")
      let port = agent.port
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_rack7_ups"],
        settings:
          "[snmp_rack7_ups]\nenv.host 127.0.0.1\nenv.port \(port)\nenv.max_age 0\nenv.timeout 0.2\nenv.retries 1\n"
      )
      func charge() throws -> String? {
        try conversation(with: node.port, of: "snmp_rack7_ups").values["ups_charge"]?["charge"]
      }
      // snmpd's own first answer takes a while: it starts what it asks.
      try await waiting(until: "the device") { try charge() == "100" }
      agent.program.kill()
      try await waiting(until: "a lost device") { try charge() == "U" }
      let clock = ContinuousClock()
      let start = clock.now
      for _ in 0..<10 { _ = try charge() }
      // Twenty answers, of which none waits for the device.
      #expect(clock.now - start < .seconds(3))
      let program = try RunningProgram(
        Project.peer("snmp-agent"), ["\(scratch.path)/agent", "\(port)", "1.3.6.1.2.1.33"],
        in: scratch)
      agent = Agent(program: program, port: try await program.port(), folder: agent.folder)
      try await waiting(until: "the device again") { try charge() == "100" }
    }

    @Test func upsdsDeviceIsAsUpscSays() async throws {
      let scratch = try Scratch()
      let nut = try RunningProgram(Project.peer("nut-dummy"), ["\(scratch.path)/nut"], in: scratch)
      let port = try await nut.port()
      let node = try await startNode(
        in: scratch, builtIn: ["ups_eaton"],
        settings: "[ups_eaton]\nenv.source nut\nenv.port \(port)\nenv.timeout 5\nenv.max_age 0\n")
      for (edits, state) in [
        ([:], "0"),
        (["ups.status": "OB LB", "battery.charge": "9", "battery.runtime": "120"], "10"),
        (["ups.status": "OL", "battery.charge": "12"], "0"),
      ] as [([String: String], String)] {
        if !edits.isEmpty {
          let lines = scratch.read("nut/eaton.dev").split(separator: "\n").map { line in
            let name = line.split(separator: ":")[0]
            return edits[String(name)].map { "\(name): \($0)" } ?? String(line)
          }
          try scratch.write(lines.joined(separator: "\n") + "\n", to: "nut/eaton.dev")
        }
        let theirs = try await waiting(for: "\(edits) at NUT") { () -> [String: String]? in
          let variables = try await upsc("nut-dummy", port, in: scratch)
          // A driver that has just started knows nothing yet.
          guard variables["battery.charge"] != nil else { return nil }
          return edits.allSatisfy { variables[$0.key] == $0.value } ? variables : nil
        }
        let ours = try conversation(with: node.port, of: "ups_eaton")
        #expect(ours.values["ups_eaton_state"]?["state"] == state)
        for (graph, field, variable) in same {
          guard let their = theirs[variable].flatMap(Double.init) else { continue }
          let name = graph.replacing("ups_", with: "ups_eaton_")
          #expect(ours.values[name]?[field].flatMap(Double.init) == their, "\(field)")
        }
        #expect(ours.fields["ups_eaton_voltage"]?["input_voltage"]?["warning"] == "184:264")
      }
    }

    @Test func apcupsdsDeviceIsRead() async throws {
      let scratch = try Scratch()
      let daemon = try RunningProgram(Project.peer("apcupsd"), ["\(scratch.path)/apc"], in: scratch)
      let port = try await daemon.port()
      let node = try await startNode(
        in: scratch, builtIn: ["ups_rack7"],
        settings:
          "[ups_rack7]\nenv.source apcupsd\nenv.port \(port)\nenv.timeout 5\nenv.max_age 0\n")
      func said() throws -> [String: [String: String]] {
        try conversation(with: node.port, of: "ups_rack7").values
      }
      let healthy = try await waiting(for: "apcupsd's first answer") {
        let values = try said()
        return values["ups_rack7_state"]?["state"] == "0" ? values : nil
      }
      #expect(healthy["ups_rack7_charge"]?["charge"] == "100")
      #expect(healthy["ups_rack7_runtime"]?["runtime"] == "4560")
      #expect(healthy["ups_rack7_load"]?["load"] == "17.6")
      #expect(healthy["ups_rack7_voltage"]?["input_voltage"] == "231.8")
      #expect(healthy["ups_rack7_temperature"]?["battery_temperature"] == "26.1")
      let status = scratch.read("apc/status")
      try scratch.write(
        status.replacing("STATUS   : ONLINE", with: "STATUS   : ONBATT")
          .replacing("STATFLAG : 0x05000008", with: "STATFLAG : 0x05060010")
          .replacing("BCHARGE  : 100.0", with: "BCHARGE  : 61.0"), to: "apc/status")
      try await waiting(until: "on battery") {
        let values = try said()
        return values["ups_rack7_state"]?["on_battery"] == "1"
          && values["ups_rack7_charge"]?["charge"] == "61"
      }
      #expect(daemon.isRunning)
    }

    /// Charge, runtime and state are of MGE's MIB, all else of RFC 1628: one node shows both.
    @Test func aCardOfTwoMIBsIsToldByBoth() async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: "1.3.6.1.4.1.705.1")
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_rack7_ups"],
        settings:
          "[snmp_rack7_ups]\nenv.host 127.0.0.1\nenv.port \(agent.port)\nenv.timeout 5\nenv.max_age 0\n"
      )
      let online = try conversation(with: node.port, of: "snmp_rack7_ups")
      #expect(online.values["ups_state"]?["state"] == "0")
      // Seconds by MGE, whole minutes by RFC 1628.
      #expect(online.values["ups_runtime"]?["runtime"] == "2537")
      #expect(
        online.values["ups_power"] == [
          "real_power": "2100", "real_power_2": "2200", "real_power_3": "2300",
        ])
      #expect(
        online.values["ups_load"] == ["load": "31", "load_2": "32", "load_3": "33"])
      #expect(online.values["ups_temperature"]?["battery_temperature"] == "24")
      // The alarm stands in RFC 1628 only, "low" in both.
      try agent.becomes("low", in: scratch)
      let low = try conversation(with: node.port, of: "snmp_rack7_ups")
      #expect(low.values["ups_state"]?["state"] == "10")
      #expect(low.values["ups_state"]?["alarms"] == "2")
      try agent.becomes("online", in: scratch)
      let card = try await run(
        Project.program("apus-node"),
        ["ups"] + scratch.noSettings + ["127.0.0.1", "port=\(agent.port)", "timeout=5"], in: scratch
      )
      #expect(card.errors == "")
      #expect(
        card.output == """
          Example 93
            state           on line
            charge          100 %
            runtime         42 min 17 s
            load            31 / 32 / 33 %
            input           231 / 231 / 231 V, 49.9 Hz
            output          230 / 230 / 230 V, 50 Hz, 10 / 11 / 12 A, 2100 / 2200 / 2300 W
            battery         54.7 V, 24 °C
            mains failures  3 so far
            made for        230 V in, 230 V out, 50 Hz, 1350 W, 1500 VA
            low battery     at 5 min
            serial          EXAMPLE00001
            firmware        UPS 9.1
            told by         MGE: state, charge, runtime
            and by          RFC 1628: state, load, input voltage, output voltage, battery voltage, \
          input frequency, output frequency, output current, real power, battery temperature, \
          mains failures, time on battery

          """)
    }

    /// The tables of phases are all that it tells of voltages, currents and load.
    @Test func aLostPhaseOfAThreePhaseAPCIsTold() async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: "1.3.6.1.4.1.318.1.3.28.75")
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_rack7_ups"],
        settings:
          "[snmp_rack7_ups]\nenv.host 127.0.0.1\nenv.port \(agent.port)\nenv.timeout 5\nenv.max_age 0\n"
      )
      func said() throws -> [String: [String: String]] {
        try conversation(with: node.port, of: "snmp_rack7_ups").values
      }
      let good = try said()
      #expect(good["ups_state"]?["state"] == "0")
      #expect(good["ups_voltage"]?["input_voltage_2"] == "231")
      #expect(good["ups_load"] == ["load": "18", "load_2": "21", "load_3": "24"])
      #expect(good["ups_current"]?["output_current_3"] == "12")
      #expect(good["ups_voltage"]?["output_voltage_3"] == "230")
      try agent.becomes("phase", in: scratch)
      let bad = try said()
      #expect(bad["ups_state"]?["state"] == "3")
      #expect(bad["ups_state"]?["input_phase_lost"] == "1")
      #expect(bad["ups_voltage"]?["input_voltage_2"] == "0")
      #expect(bad["ups_state"]?["on_line"] == "1")
      try agent.becomes("online", in: scratch)
      #expect(try said()["ups_state"]?["state"] == "0")
    }

    /// The node is started anew while the device is down: its graphs and fields are those of before.
    @Test func aUPSThatIsDeadAtAStartKeepsItsGraphs() async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: "1.3.6.1.4.1.318.1.3.28.75")
      let settings =
        "[snmp_rack7_ups]\nenv.host 127.0.0.1\nenv.port \(agent.port)\nenv.timeout 0.3\nenv.retries 1\n"
      let first = try await startNode(in: scratch, builtIn: ["snmp_rack7_ups"], settings: settings)
      let alive = try await waiting(for: "the device") {
        let said = try conversation(with: first.port, of: "snmp_rack7_ups")
        return said.values["ups_load"]?["load_3"] == "24" ? said : nil
      }
      try await first.program.end()
      try await agent.program.end()
      let second = try await startNode(in: scratch, settings: settings)
      let dead = try conversation(with: second.port, of: "snmp_rack7_ups")
      #expect(dead.values["ups_state"]?["state"] == "11")
      #expect(dead.values["ups_load"] == ["load": "U", "load_2": "U", "load_3": "U"])
      // All but what the alert says of the state.
      func described(_ said: Conversation) -> [String: [String: [String: String]]] {
        var fields = said.fields
        fields["ups_state"]?["state"]?["extinfo"] = nil
        return fields
      }
      #expect(described(dead) == described(alive))
    }

    /// munin's own master stores all of it, under the device's name.
    @Test func muninStoresADevice() async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: "1.3.6.1.4.1.318.1.3.27")
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_rack7_ups", "load"],
        settings:
          "[snmp_rack7_ups]\nhost_name rack7\nenv.host 127.0.0.1\nenv.port \(agent.port)\nenv.timeout 5\n"
      )
      let master = try await MuninMaster(
        in: scratch, nodes: ["example.com;rack7": node.port],
        settings: "[example.com;rack7]\nuse_node_name no\n")
      try await master.run("update")
      let said = try conversation(with: node.port, of: "snmp_rack7_ups")
      var count = 0
      for (graph, fields) in said.values {
        // A counter is stored as its rate.
        for (field, text) in fields where text != "U" && field != "line_bads" {
          let file = try await master.rrd("example.com/rack7-\(graph)-\(field)-g.rrd")
          #expect(try await Double(file.last().text) == Double(text), "\(graph).\(field)")
          count += 1
        }
      }
      #expect(count >= 20)
    }

    /// A link under the real munin-node is the plugin, with the same answers.
    @Test func aLinkUnderMuninNodeIsThePlugin() async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: "1.3.6.1.2.1.33")
      let settings = "[snmp_rack7_ups]\nenv.host 127.0.0.1\nenv.port \(agent.port)\nenv.timeout 5\n"
      let node = try await startNode(
        in: scratch, builtIn: ["snmp_rack7_ups"], settings: settings)
      try scratch.write(settings, to: "munin-node/plugin-conf.d/ups")
      try FileManager.default.createSymbolicLink(
        atPath: scratch.place("munin-node/plugins/snmp_rack7_ups"),
        withDestinationPath: Project.program("apus-node"))
      let theirs = try await startPeer("munin-node", in: scratch)
      let ours = try conversation(with: node.port, of: "snmp_rack7_ups")
      let linked = try conversation(with: theirs.port, of: "snmp_rack7_ups")
      #expect(linked.values == ours.values)
      #expect(linked.fields == ours.fields)
      #expect(ours.values["ups_state"]?["state"] == "0")
    }

    /// The card, and that nobody is a reason.
    @Test func theCardIsForPeople() async throws {
      let scratch = try Scratch()
      let agent = try await startAgent(in: scratch, product: "1.3.6.1.2.1.33")
      try agent.becomes("battery", in: scratch)
      let none = try String(scratch.place("none/x").dropLast(2))
      let words = ["ups", "--config", "/dev/null", "--servicedir", none, "--sconfdir", none]
      let card = try await run(
        Project.program("apus-node"), words + ["127.0.0.1", "port=\(agent.port)", "timeout=5"],
        in: scratch)
      #expect(card.ending == .exit(0))
      #expect(
        card.output == """
          Example 1500
            state           on battery
            alarms          1
            charge          88 %
            runtime         31 min
            on battery      for 1 min 15 s
            load            37 %
            input           0 V, 49.9 Hz
            output          230 V, 50 Hz, 1.3 A, 281 W
            battery         54.7 V, 24 °C
            mains failures  3 so far
            made for        230 V in, 230 V out, 50 Hz, 1350 W, 1500 VA
            low battery     at 5 min
            firmware        UPS 9.1
            told by         RFC 1628

          """)
      agent.program.kill()
      let lost = try await run(
        Project.program("apus-node"),
        words + ["127.0.0.1", "port=\(agent.port)", "timeout=0.1", "retries=0"], in: scratch)
      #expect(lost.ending == .exit(1))
      #expect(lost.errors.hasPrefix("127.0.0.1: 127.0.0.1:\(agent.port): "), "\(lost.errors)")
      let wrong = try await run(Project.program("apus-node"), ["ups"], in: scratch)
      #expect(wrong.ending == .exit(2))
    }

    /// One service's config and values.
    private func conversation(with port: Int, of service: String) throws -> Conversation {
      var transcript = ""
      for request in ["config \(service)", "fetch \(service)"] {
        transcript += "> \(request)\n"
        transcript +=
          try converse(with: port, "cap multigraph\n\(request)\nquit\n")
          .split(separator: "\n").dropFirst().joined(separator: "\n") + "\n"
      }
      return Conversation(transcript)
    }
  }
}
