#if SNMP
  import EventLoop
  import SNMP
  import TestSupport
  import Testing

  @testable import Plugins

  /// Values that devices tell and that are not meant.
  struct UPSValueTests {
    private static let rfc: OID = "1.3.6.1.2.1.33.1"

    private func read(
      _ table: MIBTable, _ objects: [String: SNMPValue], texts: [MIBTable.Text: String] = [:]
    ) -> UPSReading {
      var values = [SNMPValue](repeating: .noSuchObject, count: table.objects.count)
      for (name, value) in objects {
        let object = OID(name)!
        let whole = name.hasPrefix(".") ? object : prefix(table).appending(object.numbers)
        let place = table.objects.firstIndex(of: whole)
        values[try! #require(place, "\(name) is in no row")] = value
      }
      var answers = MIBAnswers(table: table, values: values)
      answers.identity = answers.learnt()
      answers.identity.texts.merge(texts) { $1 }
      return answers.reading(now: today)
    }

    private func prefix(_ table: MIBTable) -> OID {
      switch table.name {
      case MIBTable.apc.name: "1.3.6.1.4.1.318.1.1.1"
      case MIBTable.netVision7.name: "1.3.6.1.4.1.4555.1.1.7.1"
      case MIBTable.xppc.name: "1.3.6.1.4.1.935.1.1.1"
      case MIBTable.trippLite.name: "1.3.6.1.4.1.850.1.1.3.1.3"
      case MIBTable.huawei.name: "1.3.6.1.4.1.2011.6.174.1"
      case MIBTable.eppc.name: "1.3.6.1.4.1.935.10.1.1"
      case MIBTable.delta.name: "1.3.6.1.4.1.2254.2.4"
      case MIBTable.xups.name: "1.3.6.1.4.1.534.1"
      case MIBTable.mge.name: "1.3.6.1.4.1.705.1"
      default: UPSValueTests.rfc
      }
    }

    @Test(
      arguments: [
        // -1 in disguise, in a Gauge32.
        ("2.3.0", .unsigned(4_294_967_295), .runtime, nil),
        ("2.3.0", .unsigned(65535), .runtime, nil),
        ("2.3.0", .integer(-1), .runtime, nil),
        ("2.3.0", .integer(21), .runtime, 1260),
        ("2.6.0", .integer(-1), .batteryCurrent, nil),
        ("2.6.0", .integer(-45), .batteryCurrent, -4.5),
        ("2.7.0", .integer(-273), .temperature, nil),
        ("2.7.0", .integer(-1), .temperature, nil),
        ("2.7.0", .integer(-2), .temperature, -2),
        ("2.7.0", .integer(101), .temperature, nil),
        ("2.7.0", .integer(999), .temperature, nil),
        ("2.3.0", .integer(999), .runtime, nil),
        ("2.3.0", .integer(.init(Int32.max)), .runtime, nil),
        ("2.2.0", .integer(.init(Int32.max)), .onBattery, nil),
        ("2.2.0", .integer(65535), .onBattery, nil),
        ("4.4.1.4.1", .integer(65535), .realPower, nil),
        // A counter passes through every number.
        ("3.1.0", .unsigned(65535), .lineBads, 65535),
        ("2.7.0", .unsigned(4_294_964_565), .temperature, nil),
        ("2.7.0", .integer(2_000), .temperature, nil),
        ("2.7.0", .octets([]), .temperature, nil),
        ("2.7.0", .null, .temperature, nil),
        ("2.7.0", .oid("1.3"), .temperature, nil),
        ("2.7.0", .address([1, 2, 3, 4]), .temperature, nil),
        ("2.7.0", .other(0x44), .temperature, nil),
        ("2.7.0", .noSuchObject, .temperature, nil),
        ("2.7.0", .noSuchInstance, .temperature, nil),
        ("2.7.0", .endOfView, .temperature, nil),
        ("2.7.0", .octets(Array("23.5".utf8)), .temperature, 23.5),
        ("2.7.0", .octets(Array(" 24\0".utf8)), .temperature, 24),
        ("2.7.0", .octets(Array("warm".utf8)), .temperature, nil),
        ("2.7.0", .octets(Array("nan".utf8)), .temperature, nil),
        ("2.7.0", .octets(Array("1e400".utf8)), .temperature, nil),
        ("2.4.0", .integer(101), .charge, nil),
        ("2.4.0", .integer(100), .charge, 100),
        ("2.4.0", .integer(-5), .charge, nil),
        ("4.4.1.5.1", .integer(201), .load, nil),
        ("4.4.1.5.1", .integer(120), .load, 120),
        ("4.4.1.5.1", .octets([]), .load, nil),
        ("3.3.1.3.1", .integer(2360), .input, 236),
        ("3.3.1.3.1", .integer(480), .input, 480),
        ("3.3.1.3.1", .integer(65535), .input, nil),
        ("3.3.1.2.1", .integer(499), .inputFrequency, 49.9),
        // Whole hertz where tenths belong.
        ("3.3.1.2.1", .integer(60), .inputFrequency, 60),
        ("3.3.1.2.1", .integer(0), .inputFrequency, nil),
        ("3.3.1.2.1", .integer(5000), .inputFrequency, nil),
        ("3.3.1.2.1", .integer(.max), .inputFrequency, nil),
        ("2.5.0", .integer(4348), .batteryVoltage, 434.8),
        ("2.5.0", .integer(.min), .batteryVoltage, nil),
        // A counter may pass 2^31.
        ("3.1.0", .unsigned(4_000_000_000), .lineBads, 4_000_000_000),
      ] as [(String, SNMPValue, UPSQuantity, Double?)])
    func rfcNumbers(
      object: String, value: SNMPValue, quantity: UPSQuantity, expected: Double?
    ) {
      #expect(read(.rfc1628, [object: value])[quantity] == expected)
    }

    @Test func aRuntimeOfZeroWithAFullBatteryIsNotMeasured() {
      #expect(read(.rfc1628, ["2.3.0": .integer(0), "2.4.0": .integer(100)])[.runtime] == nil)
      #expect(read(.rfc1628, ["2.3.0": .integer(0), "2.4.0": .integer(4)])[.runtime] == 0)
    }

    @Test func eachMIBHasItsOwnWordForUnknown() {
      // Ticks pass through 65535, and a sensor outside may measure -1 degrees.
      #expect(read(.apc, ["2.2.3.0": .ticks(65535)])[.runtime] == 655.35)
      #expect(read(.xups, ["6.1.0": .integer(-1)])[.ambient] == -1)
      #expect(read(.xups, ["6.1.0": .integer(0), "6.5.0": .integer(21)])[.ambient] == 21)
      #expect(read(.mge, ["8.1.0": .integer(-1)])[.ambient] == nil)
      #expect(read(.eppc, ["3.8.0": .integer(-1), "2.2.0": .integer(305)])[.temperature] == 30.5)
      #expect(read(.eppc, ["3.8.0": .integer(999)])[.temperature] == nil)
      #expect(read(.apc, ["2.3.2.0": .integer(-1), "2.2.2.0": .unsigned(24)])[.temperature] == 24)
      #expect(read(.netVision7, ["3.3.1.3.1": .integer(655_350)])[.inputCurrent] == nil)
    }

    @Test func theRowOfMorePhasesCounts() {
      let phases: [String: SNMPValue] = [
        "3.2.1.0": .unsigned(231), "9.2.2.1.2.1": .integer(3),
        "9.2.3.1.3.1.1.1": .integer(230), "9.2.3.1.3.1.1.2": .integer(0),
        "9.2.3.1.3.1.1.3": .integer(0),
      ]
      #expect((0..<3).map { read(.apc, phases)[.input, $0] } == [230, 0, 0])
      // A UPS with one phase tells it in tenths beside.
      let one = read(
        .apc,
        [
          "3.3.1.0": .unsigned(2312), "9.2.2.1.2.1": .integer(1), "9.2.3.1.3.1.1.1": .integer(231),
        ])
      #expect(one[.input] == 231.2)
    }

    @Test(
      arguments: [
        // Volts in, volts out, how many phases it says to have, seen before; which are lost.
        ([230, 0, 229], [230, 230, 230], nil, [], [1]),
        ([230, 0, 0], [230, 231, 229], nil, [], [1, 2]),
        ([0, 230, 230], [230], 3, [], [0]), ([230, 0, 230], [230], 3, [], [1]),
        // A split phase of 120 V, and a card that fills three rows of one phase.
        ([120, 120, 0], [240], 2, [], []), ([120, 120, 0], [240], nil, [], []),
        ([230, 0, 0], [230], 3, [], []), ([230, 0, 0], [230], nil, [], []),
        // It had them before.
        ([230, 0, 0], [230], nil, [0, 1, 2], [1, 2]), ([230, 5, 230], [230], nil, [1], [1]),
        ([0, 0, 0], [230, 230, 230], 3, [0, 1, 2], []), ([230], [230], 1, [0], []),
      ] as [([Double], [Double], Double?, Set<Int>, Set<Int>)])
    func aPhaseIsLostWhereItWasMeasured(
      input: [Double], output: [Double], phases: Double?, seen: Set<Int>, lost: Set<Int>
    ) {
      var reading = UPSReading(source: "test")
      reading.state = .onLine
      for (phase, volts) in input.enumerated() { reading.take(.input, volts, phase: phase) }
      for (phase, volts) in output.enumerated() {
        reading.take(.output, volts, phase: phase)
        reading.take(.load, Double(10 + phase), phase: phase)
      }
      if let phases { reading.take(.inputPhases, phases) }
      reading.judge()
      reading.findLostPhases(seen: seen)
      #expect(reading.lostPhases == lost)
      #expect(reading.state.contains(.inputPhaseLost) == !lost.isEmpty)
    }

    @Test func preciseObjectsGoBeforeWholeOnesEachForItself() {
      let both = read(
        .apc,
        [
          "2.2.1.0": .unsigned(87), "2.3.1.0": .unsigned(874), "2.2.2.0": .unsigned(21),
          "4.2.3.0": .unsigned(31), "4.3.3.0": .integer(-1), "2.2.8.0": .integer(-1),
        ])
      #expect(both[.charge] == 87.4)
      #expect(both[.temperature] == 21)
      #expect(both[.load] == 31)
      #expect(both[.batteryVoltage] == nil)
    }

    @Test func apcRuntimeIsInHundredths() {
      let reading = read(
        .apc, ["2.2.3.0": .ticks(456_000), "2.1.2.0": .ticks(1250), "5.2.8.0": .ticks(12000)])
      #expect(reading[.runtime] == 4560)
      #expect(reading[.onBattery] == 12.5)
      #expect(reading[.lowRuntime] == 120)
    }

    @Test func socomecSaysNoneFrom32767On() {
      let reading = read(
        .netVision7,
        [
          "2.4.0": .integer(32767), "3.3.1.2.1": .integer(40000), "3.3.1.2.2": .integer(2310),
          "2.3.0": .integer(90),
        ])
      #expect(reading[.charge] == nil)
      #expect(reading[.input] == nil)
      #expect(reading[.input, 1] == 231)
      #expect(reading[.runtime] == 5400)
    }

    @Test(
      arguments: [
        // One battery of the string, and the string.
        (23, 721, 72.1), (690, 721, 69), (nil, 721, 72.1), (690, nil, 69), (0, 721, 72.1),
        (690, 0, 69),
      ] as [(Int64?, Int64?, Double)])
    func anotherMIBChecksTheBattery(own: Int64?, other: Int64?, expected: Double) {
      var objects: [String: SNMPValue] = [:]
      if let own { objects["2.2.2.0"] = .integer(own) }
      if let other { objects[".1.3.6.1.2.1.33.1.2.5.0"] = .integer(other) }
      #expect(read(.xppc, objects)[.batteryVoltage] == expected)
    }

    @Test(
      arguments: [
        ("12.06.0068", 1.4, 27), ("12.04.0056", 14, 27), ("12.06.0064", 1.4, 2.7), ("", 1.4, 27),
      ] as [(String, Double, Double)])
    func trippLitesScalesGoWithTheVersion(version: String, current: Double, load: Double) {
      let reading = read(
        .trippLiteOld, ["4.4.1.3.1": .integer(14), "4.4.1.5.1": .integer(27)],
        texts: [.agent: version])
      #expect(reading[.outputCurrent] == current)
      #expect(reading[.load] == load)
    }

    @Test func huaweisFrequenciesAreHundredthsOrTenths() {
      #expect(read(.huawei, ["3.100.1.4.1": .integer(4998)])[.inputFrequency] == 49.98)
      #expect(read(.huawei, ["3.100.1.4.1": .integer(499)])[.inputFrequency] == 49.9)
    }

    @Test func phasesThatAreColumnsAreRead() {
      let reading = read(
        .delta,
        ["4.3.0": .integer(2280), "4.6.0": .integer(2290), "4.9.0": .null, "7.5.0": .integer(22)])
      #expect(reading[.input] == 228)
      #expect(reading[.input, 1] == 229)
      #expect(reading[.input, 2] == nil)
      #expect(reading[.runtime] == 1320)
    }

    @Test(
      arguments: [
        ("2023-03-08", 1357), ("03/08/2023", 1357), ("03/08/23", 1357), ("25/12/2022", 1430),
        ("2026/11/24", 0), ("08.03.2023 10:00", 1357), ("2001-01-01", nil), ("2027-01-01", nil),
        ("unknown", nil), ("", nil), ("00/00/00", nil), ("02/30/2020", nil), ("13/13/2020", nil),
        ("1/2", nil), ("99999-1-1", nil), ("2024-02-29", 999), ("2023-02-29", nil),
      ] as [(String, Double?)])
    func batteriesHaveAnAge(date: String, days: Double?) {
      let reading = read(.apc, ["2.1.3.0": .octets(Array(date.utf8))])
      #expect(reading[.batteryAge] == days)
      // The same for NUT and apcupsd.
      #expect(
        UPSReading(nut: ["battery.date": date, "ups.status": "OL"], now: today)[.batteryAge] == days
      )
    }

    @Test func someWriteTheDayFirst() {
      #expect(
        read(.eppc, ["3.9.0": .octets(Array("03/08/2023".utf8))])[.batteryAge] == 1209)
    }

    @Test(
      arguments: [
        ("<private>", nil), ("", nil), ("   ", nil), (" Smart-UPS  X\0", "Smart-UPS X"),
        ("a\nb", "a b"),
      ] as [(String, String?)])
    func namesAreCleaned(text: String, expected: String?) {
      #expect(read(.rfc1628, ["1.2.0": .octets(Array(text.utf8))]).model == expected)
    }

    @Test func longNamesAreCutAndStrangeBytesAreNoTrap() {
      let reading = read(
        .rfc1628,
        [
          "1.1.0": .octets(Array(repeating: 0xFF, count: 400)),
          "1.2.0": .octets(Array(repeating: 0x41, count: 70_000)),
        ])
      #expect(reading.maker == nil)
      #expect(reading.model?.count == 64)
    }

    @Test func threeEqualRowsOfAOnePhaseDeviceAreOne() {
      var objects: [String: SNMPValue] = [
        "3.3.1.3.1": .integer(230), "3.3.1.3.2": .integer(0), "3.3.1.3.3": .integer(0),
      ]
      for phase in 1...3 {
        objects["4.4.1.2.\(phase)"] = .integer(229)
        objects["4.4.1.5.\(phase)"] = .integer(59)
      }
      #expect(read(.rfc1628, objects)[.output, 1] == nil)
      objects["4.4.1.5.2"] = .integer(58)
      #expect(read(.rfc1628, objects)[.output, 1] == 229)
      // Three phases whose mains have failed are three.
      objects["4.4.1.5.2"] = .integer(59)
      objects["3.3.1.3.1"] = .integer(0)
      #expect(read(.rfc1628, objects)[.output, 1] == 229)
    }

    @Test func kilowattsAreNoWatts() {
      let told: [String: SNMPValue] = [
        "4.4.1.2.1": .integer(230), "4.4.1.3.1": .integer(72), "4.4.1.4.1": .integer(1),
      ]
      #expect(read(.rfc1628, told)[.realPower] == nil)
      #expect(
        read(.rfc1628, told.merging(["4.4.1.4.1": .integer(1400)]) { $1 })[.realPower] == 1400)
    }

    /// Whatever comes for whichever object: no trap, and no number outside the quantity's bounds.
    @Test func noiseGivesNoWrongNumbers() {
      var noise = Noise(1628)
      let tables: [MIBTable] = [
        .rfc1628, .apc, .xups, .mge, .delta, .netVision7, .trippLite, .dell, .xppc, .eppc,
      ]
      for _ in 0..<1500 {
        let table = tables.randomElement(using: &noise)!
        let values = table.objects.map { _ in value(&noise) }
        var answers = MIBAnswers(table: table, values: values)
        answers.identity = answers.learnt()
        let alarms = (0..<Int.random(in: 0...4, using: &noise)).map { _ in
          OID([1, 3, 6, 1, 2, 1, 33, 1, 6, 3, UInt32.random(in: 0...30, using: &noise)])
        }
        let reading = answers.reading(
          alarms: alarms, now: Int.random(in: -5...Int.max, using: &noise))
        for quantity in UPSQuantity.allCases {
          for phase in 0..<3 {
            guard let number = reading[quantity, phase] else { continue }
            #expect(quantity.bounds.contains(number))
          }
        }
        let sources: UPSState = [.onBattery, .bypass, .off]
        #expect(!reading.state.contains(.onLine) || reading.state.isDisjoint(with: sources))
      }
    }

    private func value(_ noise: inout Noise) -> SNMPValue {
      switch Int.random(in: 0...11, using: &noise) {
      case 0: .integer(Int64.random(in: .min ... .max, using: &noise))
      case 1...4: .integer(Int64.random(in: -3...300, using: &noise))
      case 5: .unsigned(UInt64.random(in: 0 ... .max, using: &noise))
      case 6: .ticks(UInt64.random(in: 0 ... .max, using: &noise))
      case 7: .octets(noise.bytes(Int.random(in: 0...80, using: &noise)))
      case 8: .octets(noise.text(of: ["0", "1", "9", ".", "-", "e", "/"], count: 12))
      case 9: .null
      case 10: .other(UInt8.random(in: 0...255, using: &noise))
      default: .noSuchInstance
      }
    }
  }
#endif
