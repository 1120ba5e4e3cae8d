import EventLoop
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Plugins

/// A day in the life of upsd and of apcupsd, from the other end of the socket.
struct UPSDaemonTests {
  private static let day = 1_795_521_600

  private static func upsd(_ variables: [(String, String)]) -> String {
    let lines = variables.map { "VAR eaton \($0.0) \"\($0.1)\"\n" }.joined()
    return "BEGIN LIST VAR eaton\n\(lines)END LIST VAR eaton\n"
  }

  private static let healthy: [(String, String)] = [
    ("battery.charge", "100"), ("battery.runtime", "2594"), ("battery.voltage", "27.1"),
    ("battery.date", "2025/11/24"), ("device.mfr", "EATON"), ("device.model", "5E 850i"),
    ("input.voltage", "230.4"), ("input.frequency", "50.0"), ("input.transfer.low", "184"),
    ("input.transfer.high", "264"), ("output.voltage", "229.8"), ("ups.load", "17"),
    ("ups.realpower", "82"), ("ups.mfr", "EATON"), ("ups.model", "5E \\\"850i\\\" \\\\ USB"),
    ("ups.serial", "000000"), ("ups.status", "OL CHRG"), ("ups.temperature", "25.3"),
  ]

  /// What a source says of a daemon, or why it says nothing.
  private func read(
    _ kind: DaemonSource.Kind = .nut(ups: "eaton", user: nil, password: nil),
    records: Bool = false,
    of daemon: @escaping @LoopActor @Sendable (String) -> ScriptedDaemon.Answer
  ) async throws -> (Result<UPSReading, UPSFailure>, heard: [String]) {
    try await onTestLoop {
      let daemon = try ScriptedDaemon(records: records, daemon)
      defer { daemon.close() }
      let source = DaemonSource(
        kind, at: daemon.address, name: "upsd", within: .seconds(20), clock: .real)
      do throws(UPSFailure) {
        return (.success(try await source.read()), daemon.heard)
      } catch {
        return (.failure(error), daemon.heard)
      }
    }
  }

  private func reason(_ result: Result<UPSReading, UPSFailure>) -> String {
    if case .failure(let failure) = result { failure.description } else { "a reading" }
  }

  // MARK: upsd

  @Test func nutsVariablesAreRead() async throws {
    let (result, heard) = try await read { _ in .text(Self.upsd(Self.healthy)) }
    let reading = try result.get()
    #expect(heard == ["LIST VAR eaton"])
    #expect(reading.name == "EATON 5E \"850i\" \\ USB")
    #expect(reading.state == [.onLine, .charging])
    #expect(reading[.charge] == 100)
    #expect(reading[.runtime] == 2594)
    #expect(reading[.batteryVoltage] == 27.1)
    #expect(reading[.input] == 230.4)
    #expect(reading[.inputFrequency] == 50)
    #expect(reading[.output] == 229.8)
    #expect(reading[.load] == 17)
    #expect(reading[.realPower] == 82)
    #expect(reading[.temperature] == 25.3)
    #expect(reading[.transferLow] == 184)
    #expect(reading[.transferHigh] == 264)
    #expect(reading[.batteryAge] != nil)
  }

  @Test(
    arguments: [
      ("OL", "on line", 0), ("OB DISCHRG", "on battery", 9),
      ("OB LB", "on battery, low battery", 10), ("OL LB", "on line, low battery", 4),
      ("FSD OB LB", "on battery, low battery", 10), ("FSD OL", "on battery, low battery", 10),
      ("OL RB", "on line, replace battery", 5), ("OL BYPASS", "bypass", 7), ("BYPASS", "bypass", 7),
      ("OL BOOST", "on line, boosting", 1), ("OL TRIM", "on line, trimming", 1), ("OFF", "off", 8),
      ("OL OVER", "on line, overload", 6), ("OB CAL", "on battery, test running", 2),
      ("ALARM OL", "on line, alarms", 3), ("OL NEWWORD", "on line", 0),
      ("OB LB TEST", "on battery, low battery, test running", 10),
      ("OB LB CAL", "on battery, low battery, test running", 4),
      ("FSD OL TEST", "on battery, low battery", 10),
      ("OL COMMBAD", "on line, communication lost", 11), ("WAIT", "unknown", nil),
      ("", "unknown", nil),
    ] as [(String, String, Int?)])
  func nutsWordsAreStates(status: String, state: String, severity: Int?) {
    let reading = UPSReading(nut: ["ups.status": status], now: Self.day)
    #expect(reading.state.words == state)
    #expect(reading.state.severity?.rawValue == severity)
  }

  @Test func nutsPhasesAreRead() {
    let reading = UPSReading(
      nut: [
        "ups.status": "OL", "input.L1-N.voltage": "231", "input.L2-N.voltage": "232",
        "input.L3-N.voltage": "233", "output.L1.power.percent": "10",
        "output.L3.power.percent": "30", "battery.charge": "x", "ups.load": "-1",
        "battery.runtime": "1e99",
      ], now: Self.day)
    #expect((0..<3).map { reading[.input, $0] } == [231, 232, 233])
    #expect((0..<3).map { reading[.load, $0] } == [10, nil, 30])
    #expect(reading[.charge] == nil)
    #expect(reading[.runtime] == nil)
  }

  @Test func whoAsksIsSaidFirst() async throws {
    let (result, heard) = try await read(
      .nut(ups: "eaton", user: "mon itor", password: "a\"b\\")
    ) { line in
      line.hasPrefix("LIST") ? .text(Self.upsd(Self.healthy)) : .text("OK\n")
    }
    _ = try result.get()
    #expect(heard == ["USERNAME \"mon itor\"", "PASSWORD \"a\\\"b\\\\\"", "LIST VAR eaton"])
  }

  @Test(arguments: [
    ("ERR UNKNOWN-UPS\n", "upsd: expected VAR eaton, found UNKNOWN-UPS"),
    ("ERR DATA-STALE\n", "upsd: expected VAR eaton, found DATA-STALE"),
    ("ERR DRIVER-NOT-CONNECTED\n", "upsd: expected VAR eaton, found DRIVER-NOT-CONNECTED"),
    ("ERR ACCESS-DENIED\n", "upsd: expected VAR eaton, found ACCESS-DENIED"),
    ("ERR\n", "upsd: expected VAR eaton, found an error"),
    ("\n", "upsd: expected a line of words, found nothing"),
    (
      "HTTP/1.1 400 Bad Request\n",
      "upsd: expected BEGIN LIST VAR eaton, found 'HTTP/1.1 400 Bad Request'"
    ),
    ("BEGIN LIST VAR other\n", "upsd: expected BEGIN LIST VAR eaton, found 'BEGIN LIST VAR other'"),
    (
      "BEGIN LIST VAR eaton\nVAR other x \"1\"\n",
      "upsd: expected a line of VAR eaton, found 'VAR other x \"1\"'"
    ),
    (
      "BEGIN LIST VAR eaton\nVAR eaton x \"1\n",
      "upsd: expected a line of words, found 'VAR eaton x \"1'"
    ),
    (
      "BEGIN LIST VAR eaton\nEND LIST VAR eaton\n", "upsd: expected ups.status of eaton, found none"
    ),
  ])
  func aRefusalIsTold(answer: String, expected: String) async throws {
    let (result, _) = try await read { _ in .text(answer) }
    #expect(reason(result) == expected)
  }

  @Test func aRefusedPasswordIsTold() async throws {
    let (result, _) = try await read(.nut(ups: "eaton", user: "me", password: "no")) { line in
      .text(line.hasPrefix("USER") ? "OK\n" : "ERR INVALID-PASSWORD\n")
    }
    #expect(reason(result) == "upsd: expected OK to PASSWORD, found 'ERR INVALID-PASSWORD'")
  }

  @Test func aCutAnswerIsNone() async throws {
    let whole = Array(Self.upsd(Self.healthy).utf8)
    for cut in [0, 1, 30, whole.count / 2, whole.count - 1] {
      let (result, _) = try await read { _ in .end(Array(whole[..<cut])) }
      #expect(reason(result) == "upsd: expected an answer, found the end of the connection")
    }
  }

  @Test func anEndlessLineIsGivenUp() async throws {
    let (result, _) = try await read { _ in .flood }
    #expect(reason(result) == "upsd: expected lines of at most 2048 bytes, found no end")
  }

  @Test func endlessLinesAreGivenUp() async throws {
    let (result, _) = try await read { _ in
      .text("BEGIN LIST VAR eaton\n" + String(repeating: "VAR eaton a \"1\"\n", count: 2000))
    }
    #expect(reason(result).hasPrefix("upsd: expected at most 1000 lines, found "))
  }

  @Test func anAnswerInPiecesIsOne() async throws {
    let result = try await onTestLoop { () -> UPSReading in
      let daemon = try ScriptedDaemon { _ in .silence }
      defer { daemon.close() }
      // By hand: each byte by itself.
      var cutter = LineCutter(longest: NUTLine.longest)
      var answer = NUTAnswer(["VAR", "eaton"])
      for byte in Array(Self.upsd(Self.healthy).utf8) {
        for line in try cutter.take([byte].span) { _ = answer.take(line) }
      }
      let variables = Dictionary(uniqueKeysWithValues: answer.rows.map { ($0[0], $0[1]) })
      return UPSReading(nut: variables, now: Self.day)
    }
    #expect(result[.charge] == 100)
    #expect(result.state == [.onLine, .charging])
  }

  @Test func aSilentDaemonIsGivenUpAtTheLimit() async throws {
    let reason = try await onTestLoop { () -> String in
      let daemon = try ScriptedDaemon { _ in .silence }
      defer { daemon.close() }
      let clock = LoopClock(standingAt: 0)
      let source = DaemonSource(
        .nut(ups: "eaton", user: nil, password: nil), at: daemon.address, name: "upsd",
        within: .seconds(1), clock: clock)
      let task = EventLoop.start { () -> String in
        do throws(UPSFailure) {
          _ = try await source.read()
          return "a reading"
        } catch {
          return error.description
        }
      }
      try await reach { !daemon.heard.isEmpty }
      clock.advance(by: .seconds(1))
      return await task.value
    }
    #expect(reason == "upsd: no answer within 1 s")
  }

  @Test func nobodyThereIsTold() async throws {
    let reason = try await onTestLoop { () -> String in
      let daemon = try ScriptedDaemon { _ in .silence }
      let address = daemon.address
      daemon.close()
      let source = DaemonSource(
        .apcupsd, at: address, name: "apcupsd", within: .seconds(20), clock: .real)
      do throws(UPSFailure) {
        _ = try await source.read()
        return "a reading"
      } catch {
        return error.description
      }
    }
    #expect(reason.hasPrefix("apcupsd: connect 127.0.0.1:"))
    #expect(reason.hasSuffix(": Connection refused"))
  }

  @Test(
    arguments: [
      ("a b", ["a", "b"]), ("", []), ("  a  ", ["a"]), ("\"a b\" c", ["a b", "c"]),
      ("\"\"", [""]), ("\"a\\\"b\\\\\"", ["a\"b\\"]), ("a\\ b", ["a b"]), ("\"a", nil),
      ("\"a\"b", nil), ("\"a\\", nil), ("VAR ups x \"1\" ", ["VAR", "ups", "x", "1"]),
    ] as [(String, [String]?)])
  func linesAreWords(line: String, words: [String]?) {
    #expect(NUTLine.words(Array(line.utf8)) == words)
    if let words {
      let again = words.map(NUTLine.quoted).joined(separator: " ")
      #expect(NUTLine.words(Array(again.utf8)) == words)
    }
  }

  // MARK: apcupsd

  private static func record(_ line: String) -> [UInt8] {
    let bytes = Array(line.utf8)
    return [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
  }

  private static let apcLines = [
    "APC      : 001,036,0859", "VERSION  : 3.14.14 (31 May 2016) debian", "UPSNAME  : rack",
    "MODEL    : Smart-UPS 1500", "STATUS   : ONLINE ", "LINEV    : 230.4 Volts",
    "LOADPCT  : 17.6 Percent", "BCHARGE  : 100.0 Percent", "TIMELEFT : 76.0 Minutes",
    "MBATTCHG : 5 Percent", "OUTPUTV  : 230.4 Volts", "ITEMP    : 26.1 C", "DLOWBATT : 2 Minutes",
    "LOTRANS  : 208.0 Volts", "HITRANS  : 253.0 Volts", "BATTV    : 27.5 Volts",
    "LINEFREQ : 50.0 Hz", "TONBATT  : 0 Seconds", "SERIALNO : AS0000000000",
    "BATTDATE : 2025-11-24", "NOMPOWER : 980 Watts", "FIRMWARE : UPS 09.8", "HUMIDITY : N/A",
    "END APC  : 2026-11-24 18:00:00 +0000",
  ]

  private static func status(_ lines: [String]) -> [UInt8] {
    lines.flatMap { record($0 + "\n") } + [0, 0]
  }

  @Test func apcupsdsStatusIsRead() async throws {
    let (result, heard) = try await read(.apcupsd, records: true) { _ in
      .bytes(Self.status(Self.apcLines))
    }
    let reading = try result.get()
    #expect(heard == ["status"])
    #expect(reading.name == "APC Smart-UPS 1500")
    #expect(reading.state == .onLine)
    #expect(reading[.charge] == 100)
    #expect(reading[.runtime] == 4560)
    #expect(reading[.load] == 17.6)
    #expect(reading[.input] == 230.4)
    #expect(reading[.batteryVoltage] == 27.5)
    #expect(reading[.temperature] == 26.1)
    #expect(reading[.transferLow] == 208)
    #expect(reading[.lowRuntime] == 120)
    #expect(reading[.humidity] == nil)
  }

  @Test(arguments: [
    ("ONLINE", "on line", 0), ("ONBATT", "on battery", 9),
    ("ONBATT LOWBATT", "on battery, low battery", 10), ("COMMLOST", "communication lost", 11),
    ("ONLINE REPLACEBATT", "on line, replace battery", 5), ("ONLINE TRIM", "on line, trimming", 1),
    ("ONLINE NOBATT", "on line, no battery", 5), ("CAL ONBATT", "on battery, test running", 2),
    ("ONLINE OVERLOAD", "on line, overload", 6),
    ("SHUTTING DOWN", "on battery, low battery", 10), ("SLAVE ONLINE", "on line", 0),
  ])
  func apcupsdsWordsAreStates(status: String, state: String, severity: Int) {
    var answer = NISStatus()
    #expect(answer.take(Self.status(["STATUS : \(status)"]).span) == .done)
    let reading = UPSReading(answer, now: Self.day)
    #expect(reading.state.words == state)
    #expect(reading.state.severity?.rawValue == severity)
  }

  @Test func recordsInPiecesAreOneAnswer() {
    let whole = Self.status(Self.apcLines)
    for size in [1, 2, 7, 100] {
      var status = NISStatus()
      var step = NISStatus.Step.more
      for start in stride(from: 0, to: whole.count, by: size) {
        step = status.take(Array(whole[start..<min(start + size, whole.count)]).span)
      }
      #expect(step == .done)
      #expect(status.lines["TIMELEFT"] == "76.0 Minutes")
    }
  }

  @Test func badRecordsAreTold() async throws {
    for (bytes, expected) in [
      ([0xFF, 0xFF, 0x41], "upsd: expected lines of at most 1024 bytes, found others"),
      ([0, 0], "upsd: expected apcupsd's status, found none"),
      (Self.record("STATUS"), "upsd: expected an answer, found the end of the connection"),
      (
        (0..<300).flatMap { Self.record("A\($0) : 1") },
        "upsd: expected at most 200 lines, found others"
      ),
    ] as [([UInt8], String)] {
      let (result, _) = try await read(.apcupsd, records: true) { _ in .end(bytes) }
      #expect(reason(result) == expected)
    }
  }

  // MARK: Noise

  @Test func noiseIsSurvived() {
    var noise = Noise(3493)
    let sane = Array(Self.upsd(Self.healthy).utf8)
    let pieces = [
      "BEGIN LIST VAR eaton\n", "VAR eaton ", "\"", "\\", "\n", "END LIST VAR eaton\n", "ERR ",
    ]
    for round in 0..<600 {
      let text = round % 2 == 0 ? noise.damaged(sane) : noise.text(of: pieces, count: 80)
      var cutter = LineCutter(longest: NUTLine.longest)
      var answer = NUTAnswer(["VAR", "eaton"])
      var variables: [String: String] = [:]
      for line in (try? cutter.take(text.span)) ?? [] { _ = answer.take(line) }
      for row in answer.rows where row.count == 2 { variables[row[0]] = row[1] }
      check(UPSReading(nut: variables, now: Self.day))
    }
    let records = Self.status(Self.apcLines)
    for round in 0..<600 {
      var status = NISStatus()
      let bytes = round % 3 == 0 ? noise.bytes(300) : noise.damaged(records)
      _ = status.take(bytes.span)
      check(UPSReading(status, now: Self.day))
    }
  }

  private func check(_ reading: UPSReading) {
    for quantity in UPSQuantity.allCases {
      for phase in 0..<3 {
        if let value = reading[quantity, phase] { #expect(quantity.bounds.contains(value)) }
      }
    }
  }

  // MARK: Looking for them

  @Test func upsdsDevicesAreSuggested() async throws {
    let names = try await onTestLoop { () -> [String] in
      let daemon = try ScriptedDaemon { _ in
        .text(
          "BEGIN LIST UPS\nUPS eaton \"a rack\"\nUPS \"bad name\" \"\"\nUPS two \"\"\nEND LIST UPS\n"
        )
      }
      defer { daemon.close() }
      return await UPSSearch(clock: .real).names(
        ["source": "nut", "host": "127.0.0.1", "port": "\(daemon.address.port)"])
    }
    #expect(names == ["eaton", "two"])
  }

  @Test func apcupsdIsSuggested() async throws {
    let names = try await onTestLoop { () -> [String] in
      let daemon = try ScriptedDaemon(records: true) { _ in .bytes(Self.status(Self.apcLines)) }
      defer { daemon.close() }
      return await UPSSearch(clock: .real).names(
        ["source": "apcupsd", "port": "\(daemon.address.port)"])
    }
    #expect(names == ["apcupsd"])
  }
}
