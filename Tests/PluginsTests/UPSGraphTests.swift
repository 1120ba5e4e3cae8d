import EventLoop
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Plugins

struct UPSGraphTests {
  private func graphs(
    _ values: [UPSQuantity: Double], _ settings: [String: String] = [:]
  ) -> [String: Field] {
    var reading = UPSReading(source: "test")
    reading.state = .onLine
    for (quantity, value) in values { reading.take(quantity, value) }
    let host = Host(service: "ups_a", settings: settings)
    let made = UPSGraphs.graphs("ups_", UPSProfile(reading), on: host)
    return Dictionary(uniqueKeysWithValues: made.flatMap(\.fields).map { ($0.name, $0) })
  }

  @Test func limitsOutOfTheBox() {
    let fields = graphs([
      .charge: 100, .runtime: 4000, .load: 20, .temperature: 25, .input: 231, .inputFrequency: 49.9,
      .lineBads: 2,
    ])
    let expected: [(String, String?, String?)] = [
      ("state", "0:2", "0:9"), ("charge", "75:", "40:"), ("runtime", "900:", "300:"),
      ("load", ":80", ":95"), ("battery_temperature", ":35", ":45"),
      ("input_voltage", "207:253", nil), ("input_frequency", "49.5:50.5", "49:51"),
      ("line_bads", ":0.0014", nil), ("on_battery", nil, nil), ("alarms", nil, nil),
    ]
    for (name, warning, critical) in expected {
      #expect(fields[name]?.warning == warning, "\(name)")
      #expect(fields[name]?.critical == critical, "\(name)")
    }
  }

  @Test(
    arguments: [
      ([.input: 118], "104:127"), ([.input: 231, .nominalInput: 230], "207:253"),
      ([.input: 231, .nominalOutput: 220], "198:242"),
      ([.input: 231, .transferLow: 184, .transferHigh: 264], "184:264"),
      // In an outage the output tells what the mains are like.
      ([.input: 0, .output: 230], "207:253"), ([.input: 408], "360:440"), ([.input: 12], nil),
    ] as [([UPSQuantity: Double], String?)])
  func theMainsLimitsAreTheDevicesOwn(values: [UPSQuantity: Double], warning: String?) {
    let field = graphs(values)["input_voltage"]
    #expect(field?.warning == warning)
    // Without mains it is on battery: one trouble, told once.
    #expect(field?.critical == nil)
  }

  @Test func anAlertSaysWhatTheNumberOfTheStateMeans() {
    var reading = UPSReading(source: "test")
    reading.state = [.onBattery, .lowBattery]
    reading.take(.charge, 9.4)
    reading.take(.runtime, 130)
    var reply = Reply()
    UPSGraphs.write("ups_", UPSGraphs.keys(shownBy: reading), reading, into: &reply)
    #expect(
      reply.text.contains("state.extinfo on battery, low battery, charge 9 %, 2 min left\n"))
    reply.removeAll()
    UPSGraphs.write("ups_", UPSGraphs.usual, nil, into: &reply)
    #expect(reply.text.contains("state.extinfo communication lost\n"))
  }

  @Test func aUPSThatCallsItsBatteryLowEarlierKnowsWhy() {
    let field = graphs([.runtime: 4000, .lowRuntime: 600])["runtime"]
    #expect(field?.warning == "1200:")
    #expect(field?.critical == "600:")
  }

  @Test func limitsAreSettings() {
    let fields = graphs(
      [.charge: 100, .input: 230],
      [
        "charge_warning": "60:", "charge_critical": "", "input_voltage_warning": "210:240",
        "state_warning": "0:8", "on_battery_critical": "0:0", "warning": "1:2",
      ])
    #expect(fields["charge"]?.warning == "60:")
    #expect(fields["charge"]?.critical == nil)
    #expect(fields["input_voltage"]?.warning == "210:240")
    #expect(fields["state"]?.warning == "0:8")
    #expect(fields["on_battery"]?.critical == "0:0")
    #expect(fields["on_battery"]?.warning == nil)
  }

  @Test func limitsOfThePlainNameCountForAllPhases() {
    var reading = UPSReading(source: "test")
    for phase in 0..<3 { reading.take(.input, 230, phase: phase) }
    let host = Host(
      service: "ups_a",
      settings: ["input_voltage_warning": "210:240", "input_voltage_3_warning": "200:250"])
    let fields = UPSGraphs.graphs("ups_", UPSProfile(reading), on: host)
      .flatMap(\.fields)
    let warnings = ["input_voltage", "input_voltage_2", "input_voltage_3"].map { name in
      fields.first { $0.name == name }?.warning
    }
    #expect(warnings == ["210:240", "210:240", "200:250"])
  }

  @Test func severitiesAreWhatTheyWere() {
    #expect(UPSSeverity.allCases.map(\.rawValue) == Array(0...11))
    #expect(UPSSeverity.warning.rawValue == 3 && UPSSeverity.critical.rawValue == 10)
    #expect(UPSSeverity.onBattery.rawValue == 9 && UPSSeverity.lost.rawValue == 11)
  }

  @Test func namesAreGraphAndFieldNames() {
    var names: Set<String> = []
    for row in UPSGraphs.rows {
      #expect(isGraphName("ups_\(row.name)"))
      for field in row.fields {
        for phase in 0..<3 { #expect(isFieldName(field.name(of: phase))) }
        #expect(names.insert(field.name).inserted, "\(field.name) stands twice")
      }
    }
    for name in UPSState.names { #expect(names.insert("\(name.field)").inserted) }
  }

  @Test func servicesNameTheirGraphs() {
    #expect(UPS.prefix(of: "ups_eaton") == "ups_eaton_")
    #expect(UPS.prefix(of: "ups_eaton@10.0.0.7") == "ups_eaton_10_0_0_7_")
  }

  @Test(
    arguments: [
      ("ups_eaton", [:], "127.0.0.1", "eaton"), ("ups_eaton@rack7", [:], "rack7", "eaton"),
      ("ups_x", ["ups": "eaton", "host": "rack7"], "rack7", "eaton"),
    ] as [(String, [String: String], String, String)])
  func aServiceNamesItsUPS(
    service: String, settings: [String: String], host: String, ups: String
  ) throws {
    let wish = try UPSWish.named(service, settings)
    #expect(wish.host == host)
    #expect(wish.ups == ups)
    #expect(wish.sources == [.nut, .apcupsd])
  }

  #if SNMP
    @Test(
      arguments: [
        ("snmp_ups1_ups", [:], "ups1"), ("snmp_localhost_ups", [:], nil),
        ("snmp_10.0.0.7_ups", [:], "10.0.0.7"), ("snmp__ups", [:], nil),
        ("snmp_a_ups", ["host": "10.0.0.7"], "a"),
      ] as [(String, [String: String], String?)])
    func aDeviceIsANodeOfItsOwn(service: String, settings: [String: String], node: String?) {
      #expect(SNMPUPS().nodeName(of: service, settings) == node)
    }
  #endif

  #if SNMP
    @Test(arguments: [
      ("", false), ("  1: 0100007F:00A1 00000000:0000 07\n", true),
      ("  1: 0100007F:00A2 00000000:00A1 07\n", false), ("  1:\n", false), ("x\n  1: :00A1", true),
      ("  1: A1\n", false),
    ])
    func anAgentOfThisMachineIsSeenByItsPort(table: String, isThere: Bool) throws {
      let folder = try TemporaryFolder()
      try folder.write("proc/net/udp6", "  sl  local_address rem_address st\n" + table)
      #expect(SNMPUPS.hasAgent(on: Host(root: folder.path)) == isThere)
    }

    @Test func withoutAnAgentNobodyIsAsked() async throws {
      let folder = try TemporaryFolder()
      let answer = try await onTestLoop {
        let plugin = SNMPUPS(clock: .real) { _ throws(UPSFailure) in
          Issue.record("somebody is asked")
          throw UPSFailure("")
        }
        return await plugin.autoconf(on: Host(root: folder.path, service: "snmp__ups"))
      }
      #expect(answer != .yes)
    }
  #endif

  @Test(
    arguments: [
      ("runtime_warning", "900:", nil),
      (
        "runtime_warning", "15:",
        "env.runtime_warning 15:: runtime is in seconds, and no UPS leaves time to act within one minute"
      ),
      ("charge_warning", "60:", nil),
      (
        "charge_critical", "400:",
        "env.charge_critical 400:: the values are percent, none reaches it"
      ),
      ("load_warning", ":120", nil), ("input_voltage_2_warning", "207:253", nil),
      ("input_phase_lost_critical", ":0", nil), ("max_age", "30", nil),
    ] as [(String, String, String?)])
  func settingsThatCannotBeMeantAreFound(name: String, value: String, finding: String?) {
    #expect(UPSManual.named.finding(on: value, of: name) == finding)
    #expect(UPSManual.snmp.finding(on: value, of: name) == finding)
  }

  @Test(arguments: ["ups_", "snmp__ups"]) func theManualIsWhole(name: String) throws {
    let found = builtIn.first { "\($0.description.name)" == name }
    #if !SNMP
      guard name != "snmp__ups" else { return }
    #endif
    let manual = try #require(found?.description.manual)
    let text = manual.text(for: name)
    for line in text.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
    let names = manual.fields.flatMap { $0.name.split(separator: ", ").map(String.init) }
    for name in UPSState.names { #expect(names.contains("\(name.field)")) }
    for field in UPSGraphs.rows.flatMap(\.fields) { #expect(names.contains(field.name)) }
    let settings = manual.settings.flatMap(\.names)
    for name in ["host", "port", "timeout", "retries", "max_age"] {
      #expect(settings.contains(name), "\(name)")
    }
  }
}
