#if SNMP
  import EventLoop
  import MuninWire
  import PluginKit
  import SNMP
  import TestSupport
  import Testing

  @testable import Plugins

  /// Devices from the field whose answers were misunderstood once.
  struct UPSFieldCaseTests {
    private static let rfc: OID = "1.3.6.1.2.1.33.1"
    private static let apc: OID = "1.3.6.1.4.1.318.1.1.1"
    private static let mge: OID = "1.3.6.1.4.1.705.1"

    private func read(
      _ device: String, _ edit: @Sendable @escaping (inout [OID: SNMPValue]) -> Void = { _ in }
    ) async throws -> UPSReading {
      try await onTestLoop {
        var objects = try RecordedAgent.objects(of: device)
        edit(&objects)
        let source = SNMPSource(
          RecordedAgent(objects), name: "ups1", clock: LoopClock(standingAt: today))
        return try await source.read()
      }
    }

    // MARK: Several MIBs

    @Test func eachMIBTellsWhatTheBetterOneLacks() async throws {
      let reading = try await read("eaton_93ps")
      // MGE's seconds go before RFC 1628's minutes.
      #expect(reading.source == "MGE")
      #expect(reading[.runtime] == 2712)
      #expect(reading[.charge] == 97)
      #expect(reading.serial == "EXAMPLE00001")
      #expect((0..<3).map { reading[.input, $0] } == [231, 233, 230])
      #expect((0..<3).map { reading[.output, $0] } == [230, 230, 231])
      #expect((0..<3).map { reading[.load, $0] } == [39, 38, 41])
      #expect((0..<3).map { reading[.realPower, $0] } == [2540, 2480, 2630])
      #expect((0..<3).map { reading[.outputCurrent, $0] } == [11.7, 11.3, 12.1])
      #expect(reading[.temperature] == 27)
      #expect(reading[.lineBads] == 4)
      #expect(reading.state == .onLine)
    }

    @Test func theStateIsTheWorstOfAllMIBs() async throws {
      let bypass = try await read("eaton_93ps") { $0[Self.rfc.appending([4, 1, 0])] = .integer(4) }
      #expect(bypass.state == .bypass)
      // MGE says that the battery is low, RFC 1628 that it feeds the load.
      let low = try await read("eaton_93ps") { objects in
        objects[Self.mge.appending([5, 14, 0])] = .integer(1)
        objects[Self.rfc.appending([4, 1, 0])] = .integer(5)
        objects[Self.rfc.appending([2, 2, 0])] = .integer(40)
      }
      #expect(low.state == [.onBattery, .lowBattery])
      #expect(low.state.severity == .lowOnBattery)
    }

    @Test func alarmsOfALesserMIBCount() async throws {
      let reading = try await read("eaton_93ps") { objects in
        objects[Self.rfc.appending([6, 1, 0])] = .unsigned(1)
        objects[Self.rfc.appending([6, 2, 1, 2, 1])] = .oid("1.3.6.1.2.1.33.1.6.3.1")
      }
      #expect(reading.state == [.onLine, .replaceBattery])
      #expect(reading.alarms == 1)
    }

    @Test func aProbeOnAnotherMIBContributesToo() async throws {
      // Its humidity and temperature are objects of XUPS.
      let reading = try await read("eaton-mgeups_5px")
      #expect(reading[.realPower] == 1593)
      #expect(reading[.ambient] == 33)
      #expect(reading[.humidity] == 15)
    }

    // MARK: Phases

    @Test func theThreePhasesOfAnAPCAreTold() async throws {
      let reading = try await read("apc_galaxy-vs")
      #expect((0..<3).map { reading[.input, $0] } == [231, 232, 229])
      #expect((0..<3).map { reading[.output, $0] } == [230, 230, 230])
      #expect((0..<3).map { reading[.load, $0] } == [17, 23, 21])
      #expect((0..<3).map { reading[.inputCurrent, $0] } == [12.1, 14.8, 13.6])
      #expect((0..<3).map { reading[.outputCurrent, $0] } == [9.8, 13.3, 12.1])
      #expect(reading.state.severity == .normal)
    }

    @Test(arguments: [1, 2, 3] as [UInt32]) func aDeadInputPhaseIsTold(phase: UInt32) async throws {
      let reading = try await read("apc_galaxy-vs") {
        $0[Self.apc.appending([9, 2, 3, 1, 3, 1, 1, phase])] = .integer(0)
      }
      #expect(reading[.input, Int(phase) - 1] == 0)
      #expect(reading.state.words == "on line, input phase lost")
      #expect(reading.state.severity == .alarm)
      #expect(UPSGraphs.keys(shownBy: reading).contains { $0.quantity == .input && $0.phase == 2 })
    }

    /// All phases at 0 V are an outage, and one-phase devices tell zeros of two more.
    @Test func zerosThatAreNoDeadPhaseAreNone() async throws {
      let outage = try await read("apc_galaxy-vs") { objects in
        for phase in 1...3 {
          objects[Self.apc.appending([9, 2, 3, 1, 3, 1, 1, UInt32(phase)])] = .integer(0)
        }
      }
      #expect(outage.state == .onLine)
      for device in ["netmanplus_204", "eaton-mgeups_5px"] {
        #expect(try await read(device).state == .onLine, "\(device)")
      }
    }

    @Test func theThreePhasesOfXPPCAreTold() async throws {
      let reading = try await read("netagent2")
      #expect((0..<3).map { reading[.input, $0] } == [236, 236.7, 237.9])
      #expect((0..<3).map { reading[.load, $0] } == [23.5, 32.7, 32.7])
    }

    // MARK: Runtime 0

    @Test func aRuntimeOfZeroOnMainsIsUnknown() async throws {
      let socomec = try await read("socomec_masterys")
      #expect(socomec.state == .onLine)
      #expect(socomec[.charge] == 99)
      #expect(socomec[.runtime] == nil)
      let rfc = try await read("netmanplus_204") { objects in
        objects[Self.rfc.appending([2, 3, 0])] = .integer(0)
        objects[Self.rfc.appending([2, 4, 0])] = .integer(60)
      }
      #expect(rfc[.runtime] == nil)
      let nut = UPSReading(
        nut: ["ups.status": "OL CHRG", "battery.runtime": "0", "battery.charge": "80"], now: today)
      #expect(nut[.runtime] == nil)
      for status in ["OB", "OL LB", "OB LB"] {
        let empty = UPSReading(nut: ["ups.status": status, "battery.runtime": "0"], now: today)
        #expect(empty[.runtime] == 0, "\(status)")
      }
    }

    // MARK: Numbers and texts that mean none

    @Test func aNumberThatMeansUnknownIsUnknown() async throws {
      let eppc = try await read("powerwalker_eppc")
      // The battery's -1 is no -0.1 degrees; the UPS itself has a temperature.
      #expect(eppc[.temperature] == 31.2)
      #expect(eppc[.runtime] == nil)
      #expect(eppc[.inputCurrent] == nil)
      for (runtime, expected) in [
        ("65535", nil), ("3932100", nil), ("2147483647", nil), ("-1", nil), ("65534", 65534),
      ] as [(String, Double?)] {
        let nut = UPSReading(nut: ["ups.status": "OL", "battery.runtime": runtime], now: today)
        #expect(nut[.runtime] == expected, "\(runtime)")
      }
      let hot = UPSReading(
        nut: ["ups.status": "OL", "battery.temperature": "140", "ups.temperature": "31"], now: today
      )
      #expect(hot[.temperature] == 31)
      #expect(
        try await read("netmanplus_204") { $0[Self.rfc.appending([2, 7, 0])] = .integer(140) }[
          .temperature] == nil)
    }

    @Test func aTextOfNULsIsNone() async throws {
      let reading = try await read("powerwalker_eppc")
      #expect(reading.model == nil)
      #expect(reading.firmware == "03.14")
      #expect(reading.serial == nil)
    }

    @Test(
      arguments: [
        ("Smart\0\0\0", "Smart"), ("00 00 00 00", nil), ("\0\0\0", nil), ("UPS\u{1}7", "UPS\\x017"),
        ("a\tb", "a b"), ("\u{1B}[31mred", "\\x1b[31mred"), ("\u{1}\u{2}", nil),
        ("Löwe", "Löwe"), ("a\u{202E}b", "a\\u{202e}b"), ("00 01", "00 01"),
      ] as [(String, String?)])
    func textsAreCutAndEscaped(text: String, expected: String?) async throws {
      let reading = try await read("netmanplus_204") {
        $0[Self.rfc.appending([1, 2, 0])] = .octets(Array(text.utf8))
      }
      #expect(reading.model == expected)
    }

    @Test func bytesThatAreNoTextAreEscaped() async throws {
      let reading = try await read("netmanplus_204") {
        $0[Self.rfc.appending([1, 2, 0])] = .octets([0x55, 0xFC, 0x53, 0x00])
      }
      #expect(reading.model == "U\\xfcS")
    }

    // MARK: Dell

    @Test func dellsStatusTellsWhereNothingElseDoes() async throws {
      let alone = try await read("dell-ups_enterprise")
      #expect(alone.state == .onLine)
      #expect(alone[.realPower] == 250)
      #expect(alone[.runtime] == 1889)
      let bad = try await read("dell-ups_enterprise") {
        $0["1.3.6.1.4.1.674.10902.2.110.1.0"] = .integer(5)
      }
      #expect(bad.state == .alarm)
      // Where RFC 1628 tells the source, "ok" says nothing of it.
      let battery = try await read("dell-ups_tower1000w") { objects in
        objects[Self.rfc.appending([4, 1, 0])] = .integer(5)
        objects[Self.rfc.appending([2, 2, 0])] = .integer(40)
      }
      #expect(battery.state == .onBattery)
    }

    // MARK: apcupsd

    @Test(arguments: ["NETWORK ERROR", "NETWORK ERROR "])
    func aNetworkErrorOfApcupsdIsALostUPS(status: String) {
      var answer = NISStatus()
      let line = Array("STATUS : \(status)\n".utf8)
      _ = answer.take(([0, UInt8(line.count)] + line + [0, 0]).span)
      #expect(UPSReading(answer, now: today).state == .communicationLost)
    }

    // MARK: A dead UPS at a start

    /// A node's first process finds the device, the second one finds it dead.
    @Test func aUPSThatIsDeadAtAStartKeepsItsGraphs() async throws {
      let folder = try TemporaryFolder()
      func graphs(of device: String?) async throws -> [Graph] {
        try await onTestLoop {
          let clock = LoopClock(standingAt: today)
          let plugin = SNMPUPS(clock: clock) { _ throws(UPSFailure) in
            guard let device, let agent = try? RecordedAgent(device: device) else {
              throw UPSFailure("ups1: no answer")
            }
            return SNMPSource(agent, name: "ups1", clock: clock)
          }
          let host = Host(
            service: "snmp_ups1_ups", settings: ["MUNIN_PLUGSTATE": folder.path + "/state"])
          return try await plugin.graphs(on: host)
        }
      }
      let alive = try await graphs(of: "apc_galaxy-vs")
      let dead = try await graphs(of: nil)
      #expect(alive.count > 6)
      #expect(dead.map(\.wireText) == alive.map(\.wireText))
    }
  }
#endif
