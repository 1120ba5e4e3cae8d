#if SNMP
  import EventLoop
  import SNMP
  import TestSupport
  import Testing

  @testable import Plugins

  /// All recordings are of healthy units: here they fall ill, each by what its MIB says so with.
  struct UPSStateTests {
    /// An edit of a recording: `OID = TYPE VALUE`, several after each other, a missing value takes the object away.
    struct Case: Sendable, CustomTestStringConvertible {
      let device: String
      let edits: [String]
      let state: String
      let severity: Int?

      init(_ device: String, _ edits: String..., is state: String, _ severity: Int?) {
        self.device = device
        self.edits = edits
        self.state = state
        self.severity = severity
      }

      var testDescription: String { "\(device) \(edits)" }
    }

    private static let rfc = ".1.3.6.1.2.1.33.1."
    private static let apc = ".1.3.6.1.4.1.318.1.1.1."
    private static let cps = ".1.3.6.1.4.1.3808.1.1.1."
    private static let xups = ".1.3.6.1.4.1.534.1."
    private static let mge = ".1.3.6.1.4.1.705.1."
    private static let xppc = ".1.3.6.1.4.1.935.1.1.1."
    private static let vision = ".1.3.6.1.4.1.4555.1.1.7.1."
    private static let tripp = ".1.3.6.1.4.1.850.1.1.3.1.3."
    /// 64 flags, all 0.
    private static func flags(_ on: Int...) -> String {
      "string " + (1...64).map { on.contains($0) ? "1" : "0" }.joined()
    }

    static let cases = [
      // RFC 1628
      Case(
        "netmanplus_204", "\(rfc)4.1.0=integer 5", "\(rfc)2.2.0=integer 40", is: "on battery", 9),
      Case(
        "netmanplus_204", "\(rfc)4.1.0=integer 5", "\(rfc)2.2.0=integer 900",
        "\(rfc)2.1.0=integer 3", is: "on battery, low battery", 10),
      Case(
        "netmanplus_204", "\(rfc)4.1.0=integer 5", "\(rfc)2.2.0=integer 900",
        "\(rfc)2.1.0=integer 4", is: "on battery, low battery", 10),
      // An inverter that always runs from DC is not on battery; with a dead input it is.
      Case("netmanplus_204", "\(rfc)4.1.0=integer 5", is: "on line", 0),
      Case(
        "netmanplus_204", "\(rfc)4.1.0=integer 5", "\(rfc)3.3.1.3.1=integer 0", is: "on battery", 9),
      Case("netmanplus_204", "\(rfc)4.1.0=integer 5", "\(rfc)2.2.0=", is: "on battery", 9),
      Case("netmanplus_204", "\(rfc)2.1.0=integer 3", is: "on line, low battery", 4),
      Case("netmanplus_204", "\(rfc)4.1.0=integer 2", is: "off", 8),
      Case("netmanplus_204", "\(rfc)4.1.0=integer 4", is: "bypass", 7),
      Case("netmanplus_204", "\(rfc)4.1.0=integer 6", is: "on line, boosting", 1),
      Case("netmanplus_204", "\(rfc)4.1.0=integer 7", is: "on line, trimming", 1),
      // "Other": the seconds on battery tell.
      Case("netmanplus_204", "\(rfc)4.1.0=integer 1", is: "on line", 0),
      Case("netmanplus_204", "\(rfc)4.1.0=integer 1", "\(rfc)2.2.0=integer 7", is: "on battery", 9),
      Case("netmanplus_204", "\(rfc)4.1.0=integer 1", "\(rfc)2.2.0=", is: "unknown", nil),
      Case("netmanplus_204", "\(rfc)4.4.1.5.1=integer 104", is: "on line, overload", 6),
      Case("netmanplus_204", "\(rfc)7.3.0=integer 5", is: "on line, test running", 2),
      Case("netmanplus_204", "\(rfc)7.3.0=integer 3", is: "on line, alarms", 3),
      Case(
        "netmanplus_204", "\(rfc)4.1.0=integer 5", "\(rfc)2.2.0=integer 4", "\(rfc)7.3.0=integer 5",
        is: "on battery, test running", 2),
      // Its alarms.
      Case(
        "netmanplus_204", "\(rfc)6.1.0=gauge 1", "\(rfc)6.2.1.2.1=oid 1.3.6.1.2.1.33.1.6.3.1",
        is: "on line, replace battery", 5),
      Case(
        "netmanplus_204", "\(rfc)6.1.0=gauge 2", "\(rfc)6.2.1.2.1=oid 1.3.6.1.2.1.33.1.6.3.2",
        "\(rfc)6.2.1.2.4=oid 1.3.6.1.2.1.33.1.6.3.3.0", is: "on battery, low battery", 10),
      Case(
        "netmanplus_204", "\(rfc)6.1.0=gauge 1", "\(rfc)6.2.1.2.7=oid 1.3.6.1.2.1.33.1.6.3.20",
        is: "on line, communication lost", 11),
      Case(
        "netmanplus_204", "\(rfc)6.1.0=gauge 1", "\(rfc)6.2.1.2.7=oid 1.3.6.1.2.1.33.1.6.3.5",
        is: "on line, over temperature", 6),
      Case(
        "netmanplus_204", "\(rfc)6.1.0=gauge 1", "\(rfc)6.2.1.2.7=string 1.3.6.1.2.1.33.1.6.3.8",
        is: "on line, overload", 6),
      Case(
        "netmanplus_204", "\(rfc)6.1.0=gauge 1", "\(rfc)6.2.1.2.7=oid 1.3.6.1.4.1.5491.1.99",
        is: "on line, alarms", 3),
      Case("netmanplus_204", "\(rfc)6.1.0=gauge 1", is: "on line, alarms", 3),
      Case(
        "netmanplus_204", "\(rfc)6.1.0=gauge 1", "\(rfc)6.2.1.2.7=oid 1.3.6.1.2.1.33.1.6.3.24",
        is: "on line, test running", 2),
      // APC, by its enumerations
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 3", is: "on battery", 9),
      Case(
        "apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 3", "\(apc)2.1.1.0=integer 3",
        is: "on battery, low battery", 10),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 4", is: "on line, boosting", 1),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 12", is: "on line, trimming", 1),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 6", is: "bypass", 7),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 16", is: "bypass", 7),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 7", is: "off", 8),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 11", is: "off", 8),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 13", is: "on line", 0),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 28", is: "on line, test running", 2),
      Case("apc_sua1500rmi2u", "\(apc)4.1.1.0=integer 1", is: "unknown", nil),
      Case("apc_sua1500rmi2u", "\(apc)2.2.4.0=integer 2", is: "on line, replace battery", 5),
      Case("apc_sua1500rmi2u", "\(apc)2.2.6.0=integer 1", is: "on line, replace battery", 5),
      Case("apc_sua1500rmi2u", "\(apc)2.1.1.0=integer 5", is: "on line, no battery", 5),
      Case("apc_sua1500rmi2u", "\(apc)7.2.3.0=integer 4", is: "on line, test running", 2),
      Case("apc_sua1500rmi2u", "\(apc)7.2.6.0=integer 3", is: "on line, test running", 2),
      Case("apc_sua1500rmi2u", "\(apc)7.2.3.0=integer 2", is: "on line, alarms", 3),
      Case("apc_sua1500rmi2u", "\(apc)8.1.0=integer 2", is: "on line, communication lost", 11),
      Case("apc_sua1500rmi2u", "\(apc)4.3.3.0=gauge 1010", is: "on line, overload", 6),
      // and by its flags, which go before
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4, 6, 19))", is: "on line", 0),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(1, 2, 6, 19))", is: "on battery", 9),
      Case(
        "apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(2, 3, 6, 30))", is: "on battery, low battery",
        10),
      Case(
        "apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4, 5, 6))", is: "on line, replace battery", 5),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4, 6, 9))", is: "on line, overload", 6),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(6, 13))", is: "bypass", 7),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(6, 58))", is: "off", 8),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4, 6, 7))", is: "on line, boosting", 1),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4, 6, 8))", is: "on line, trimming", 1),
      Case(
        "apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(2, 6, 29))", is: "on battery, test running", 2),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4, 6, 33))", is: "on line, no battery", 5),
      Case(
        "apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4, 6, 28))", is: "on line, over temperature", 6),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=\(flags(4))", is: "on line, communication lost", 11),
      Case("apc_sua1500rmi2u", "\(apc)11.1.1.0=string UNKNOWN", is: "on line", 0),
      // CyberPower: 6 is off here
      Case("cyberpower", "\(cps)4.1.1.0=integer 3", is: "on battery", 9),
      Case("cyberpower", "\(cps)4.1.1.0=integer 6", is: "off", 8),
      Case("cyberpower", "\(cps)4.1.1.0=integer 9", is: "bypass", 7),
      Case("cyberpower", "\(cps)4.1.1.0=integer 10", is: "on line, trimming", 1),
      Case("cyberpower", "\(cps)2.1.1.0=integer 4", is: "on line, no battery", 5),
      Case("cyberpower", "\(cps)2.1.1.0=integer 3", is: "on line, low battery", 4),
      Case("cyberpower", "\(cps)10.1.0=integer 2", is: "on line, over temperature", 6),
      // XUPS
      Case("eatonups", "\(xups)4.5.0=integer 5", is: "on battery", 9),
      Case("eatonups", "\(xups)2.5.0=integer 2", is: "on battery", 9),
      Case("eatonups", "\(xups)2.5.0=integer 1", is: "on line, charging", 0),
      Case("eatonups", "\(xups)2.5.0=integer 8", is: "on line, replace battery", 5),
      Case("eatonups", "\(xups)2.9.0=integer 1", is: "on line, replace battery", 5),
      Case("eatonups", "\(xups)2.8.0=integer 1", is: "on line, no battery", 5),
      Case("eatonups", "\(xups)4.5.0=integer 11", is: "bypass", 7),
      Case("eatonups", "\(xups)4.5.0=integer 10", is: "on line", 0),
      Case("eatonups", "\(xups)8.2.0=integer 4", is: "on line, test running", 2),
      Case(
        "eatonups", "\(xups)7.1.0=gauge 2", "\(xups)7.2.1.2.1=oid 1.3.6.1.4.1.534.1.7.3",
        "\(xups)7.2.1.2.2=oid 1.3.6.1.4.1.534.1.7.4", is: "on battery, low battery", 10),
      Case(
        "eatonups", "\(xups)7.1.0=gauge 1", "\(xups)7.2.1.2.1=oid 1.3.6.1.4.1.534.1.7.26",
        is: "on line, communication lost", 11),
      Case(
        "eatonups", "\(xups)7.1.0=gauge 1", "\(xups)7.2.1.2.1=oid 1.3.6.1.4.1.534.1.7.5",
        is: "on line", 0),
      // A gateway card counts otherwise
      Case(
        "eatonups", ".1.3.6.1.2.1.1.2.0=oid 1.3.6.1.4.1.534.2.12", "\(xups)4.5.0=integer 4",
        is: "on battery", 9),
      Case(
        "eatonups", ".1.3.6.1.2.1.1.2.0=oid 1.3.6.1.4.1.534.2.12", "\(xups)4.5.0=integer 5",
        is: "on battery, low battery", 10),
      Case(
        "eatonups", ".1.3.6.1.2.1.1.2.0=oid 1.3.6.1.4.1.534.2.12", "\(xups)4.5.0=integer 1",
        is: "on line", 0),
      // MGE
      Case("apc-mgeups_galaxy7000", "\(mge)7.3.0=integer 1", is: "on battery", 9),
      Case(
        "apc-mgeups_galaxy7000", "\(mge)7.3.0=integer 1", "\(mge)5.14.0=integer 1",
        is: "on battery, low battery", 10),
      Case("apc-mgeups_galaxy7000", "\(mge)5.16.0=integer 1", is: "on line, low battery", 4),
      Case("apc-mgeups_galaxy7000", "\(mge)7.4.0=integer 1", is: "bypass", 7),
      Case("apc-mgeups_galaxy7000", "\(mge)5.11.0=integer 1", is: "on line, replace battery", 5),
      Case("apc-mgeups_galaxy7000", "\(mge)5.10.0=integer 1", is: "on line, no battery", 5),
      Case("apc-mgeups_galaxy7000", "\(mge)7.10.0=integer 1", is: "on line, overload", 6),
      Case("apc-mgeups_galaxy7000", "\(mge)7.11.0=integer 1", is: "on line, over temperature", 6),
      Case("apc-mgeups_galaxy7000", "\(mge)7.8.0=integer 1", is: "on line, boosting", 1),
      Case("apc-mgeups_galaxy7000", "\(mge)7.9.0=integer 1", is: "on line", 0),
      Case(
        "apc-mgeups_galaxy7000", "\(mge)7.9.0=integer 1", "\(mge)7.2.1.2.1.0=integer 0", is: "off",
        8),
      // XPPC, Socomec, Tripp Lite
      Case("netagent2", "\(xppc)4.1.1.0=integer 3", is: "on battery", 9),
      Case("netagent2", "\(xppc)4.1.1.0=integer 6", is: "bypass", 7),
      Case("netagent2", "\(xppc)4.1.1.0=integer 8", is: "off", 8),
      Case("netagent2", "\(xppc)2.2.5.0=integer 2", is: "on line, replace battery, trimming", 5),
      Case("socomec-ups", "\(vision)2.1.0=integer 5", is: "on battery", 9),
      Case("socomec-ups", "\(vision)2.1.0=integer 6", is: "on line, low battery", 4),
      Case("socomec-ups", "\(vision)2.1.0=integer 9", is: "on line, no battery", 5),
      Case("socomec-ups", "\(vision)4.1.0=integer 6", is: "bypass, charging", 7),
      Case("poweralert_ups", "\(tripp)3.1.1.1.1=integer 5", is: "on battery", 9),
      Case(
        "poweralert_ups", "\(tripp)3.1.1.1.1=integer 5", "\(tripp)1.1.1.1.1=integer 3",
        is: "on battery, low battery", 10),
      Case("poweralert_ups", "\(tripp)1.5.1.1.1.1=integer 3", is: "on line, replace battery", 5),
    ]

    @Test(arguments: cases) func theStateIsTold(_ story: Case) async throws {
      let reading = try await onTestLoop {
        var objects = try RecordedAgent.objects(of: story.device)
        for edit in story.edits {
          let parts = edit.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
          let words = parts[1].split(separator: " ", maxSplits: 1).map(String.init)
          objects[OID(String(parts[0]))!] =
            words.isEmpty ? nil : RecordedAgent.value(words[0], words[1])
        }
        let source = SNMPSource(
          RecordedAgent(objects), name: "ups1", clock: LoopClock(standingAt: today))
        return try await source.read()
      }
      #expect(reading.state.words == story.state)
      #expect(reading.state.severity?.rawValue == story.severity)
    }
  }
#endif
