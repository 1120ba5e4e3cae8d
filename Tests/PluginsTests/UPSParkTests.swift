import EventLoop
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Plugins

/// Many devices, some of them dead, and a clock that the test moves.
struct UPSParkTests {
  /// A device as the test wants it.
  @LoopActor
  final class Device: UPSSource {
    var reading: Result<UPSReading, UPSFailure>
    /// Waits for the test, as a slow card does.
    var gate: Gate?
    private(set) var count = 0
    private(set) var isClosed = false

    init(_ reading: Result<UPSReading, UPSFailure>) { self.reading = reading }

    func read() async throws(UPSFailure) -> UPSReading {
      count += 1
      if let gate { await gate.wait() }
      return try reading.get()
    }

    func close() {
      isClosed = true
      gate?.open()
    }
  }

  /// A node's devices and its clock.
  @LoopActor
  final class Bench {
    let clock = LoopClock(standingAt: 1_795_521_600)
    var devices: [String: Device] = [:]
    private let buffer = ReadBuffer()
    private(set) var made: [String] = []
    var settings: [String: [String: String]] = [:]
    private lazy var plugin = UPS(clock: clock) { [unowned self] wish throws(UPSFailure) in
      made.append(wish.ups)
      guard let device = devices[wish.ups] else { throw UPSFailure("\(wish.ups): no such device") }
      return device
    }

    init(_ devices: [String: Device]) {
      self.devices = devices
      arrange()
    }

    func arrange() {
      let names = devices.keys.sorted()
      buffer.setFamilies([
        "ups_": names.map { Sibling(service: "ups_\($0)", settings: settings[$0] ?? [:]) }
      ])
    }

    func host(_ name: String) -> Host {
      Host(service: "ups_\(name)", settings: settings[name] ?? [:], buffer: buffer)
    }

    func values(_ name: String) async -> (text: String, complaint: String?) {
      var reply = Reply()
      try? await plugin.values(on: host(name), into: &reply)
      return (reply.text, reply.takeComplaint())
    }

    func config(_ name: String) async -> [Graph] {
      (try? await plugin.graphs(on: host(name))) ?? []
    }
  }

  private static func reading(
    _ state: UPSState = .onLine, _ values: [UPSQuantity: Double] = [:]
  ) -> UPSReading {
    var reading = UPSReading(source: "test")
    reading.state = state
    for (quantity, value) in values { reading.take(quantity, value) }
    return reading
  }

  private static func value(_ field: String, _ text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix("\(field).value ") }.map {
      String($0.dropFirst(field.count + 7))
    }
  }

  @Test func theFirstQuestionAsksAllAndTheAnswersAreUsedAgain() async throws {
    try await onTestLoop {
      let a = Device(.success(Self.reading(.onLine, [.charge: 90])))
      let b = Device(.success(Self.reading(.onBattery, [.charge: 50])))
      let bench = Bench(["a": a, "b": b])
      #expect(Self.value("charge", await bench.values("a").text) == "90")
      try await reach { b.count == 1 }
      bench.clock.advance(by: .seconds(29))
      #expect(Self.value("charge", await bench.values("b").text) == "50")
      _ = await bench.config("a")
      #expect(a.count == 1 && b.count == 1)
      // Old now: both are asked again, at the question for one.
      a.reading = .success(Self.reading(.onLine, [.charge: 91]))
      bench.clock.advance(by: .seconds(2))
      #expect(Self.value("charge", await bench.values("a").text) == "91")
      try await reach { b.count == 2 }
    }
  }

  @Test func manyAskersShareOneQuestion() async throws {
    try await onTestLoop {
      let a = Device(.success(Self.reading(.onLine, [.charge: 90])))
      a.gate = Gate()
      let bench = Bench(["a": a])
      let tasks = (0..<20).map { _ in
        EventLoop.start { Self.value("charge", await bench.values("a").text) }
      }
      try await reach { a.count == 1 }
      try await turn(10)
      a.gate?.open()
      for task in tasks { #expect(await task.value == "90") }
      #expect(a.count == 1)
      #expect(bench.made == ["a"])
    }
  }

  @Test func theAgeIsASetting() async throws {
    try await onTestLoop {
      let a = Device(.success(Self.reading()))
      let bench = Bench(["a": a])
      bench.settings = ["a": ["max_age": "5"]]
      bench.arrange()
      _ = await bench.values("a")
      bench.clock.advance(by: .seconds(6))
      _ = await bench.values("a")
      #expect(a.count == 2)
      bench.settings = ["a": ["max_age": "0"]]
      bench.arrange()
      for _ in 0..<3 { _ = await bench.values("a") }
      #expect(a.count == 5)
    }
  }

  @Test func aDeviceThatFailedIsToldAtOnceAndProbedMeanwhile() async throws {
    try await onTestLoop {
      let dead = Device(.failure(UPSFailure("dead: no answer to 3 requests within 1000 ms each")))
      let bench = Bench(["dead": dead])
      let first = await bench.values("dead")
      #expect(Self.value("state", first.text) == "11")
      #expect(Self.value("communication_lost", first.text) == "1")
      #expect(Self.value("on_line", first.text) == "U")
      #expect(Self.value("charge", first.text) == "U")
      #expect(first.complaint == "dead: no answer to 3 requests within 1000 ms each")
      // It hangs now; nobody waits for it.
      bench.clock.advance(by: .seconds(31))
      dead.gate = Gate()
      #expect(Self.value("state", await bench.values("dead").text) == "11")
      try await reach { dead.count == 2 }
      #expect(Self.value("state", await bench.values("dead").text) == "11")
      // Back again: what the probe found is the next answer.
      dead.reading = .success(Self.reading(.onLine, [.charge: 70]))
      dead.gate?.open()
      try await turn(10)
      let last = await bench.values("dead")
      #expect(Self.value("state", last.text) == "0")
      #expect(Self.value("charge", last.text) == "70")
      #expect(last.complaint == nil)
    }
  }

  /// One missed answer must not be an alert for two polls.
  @Test func aDeviceThatFailedIsAskedAgainThoughNobodyWaits() async throws {
    try await onTestLoop {
      let blip = Device(.failure(UPSFailure("blip: connection refused")))
      let bench = Bench(["blip": blip])
      _ = await bench.values("blip")
      blip.reading = .success(Self.reading(.onLine))
      bench.clock.advance(by: .seconds(30))
      try await reach { blip.count == 2 }
      try await turn(10)
      #expect(Self.value("state", await bench.values("blip").text) == "0")
      // It works, and nobody asks: no more questions.
      for _ in 0..<5 {
        bench.clock.advance(by: .seconds(31))
        try await turn(3)
      }
      #expect(blip.count == 2)
    }
  }

  @Test func aDeadDeviceThatNobodyAsksForIsLeftAlone() async throws {
    try await onTestLoop {
      let dead = Device(.failure(UPSFailure("dead: connection refused")))
      let bench = Bench(["dead": dead])
      _ = await bench.values("dead")
      for _ in 0..<60 {
        bench.clock.advance(by: .seconds(30))
        try await turn(3)
      }
      #expect((20...32).contains(dead.count), "\(dead.count)")
    }
  }

  @Test func aDeviceThatHangsIsGivenUpAndGetsANewSession() async throws {
    try await onTestLoop {
      let slow = Device(.success(Self.reading()))
      slow.gate = Gate()
      let bench = Bench(["slow": slow])
      let asking = EventLoop.start { await bench.values("slow") }
      try await reach { slow.count == 1 }
      // Three times three tries of a second, and two seconds.
      bench.clock.advance(by: .seconds(10))
      try await turn(10)
      #expect(!slow.isClosed)
      bench.clock.advance(by: .seconds(1))
      let answer = await asking.value
      #expect(Self.value("state", answer.text) == "11")
      #expect(answer.complaint == "127.0.0.1: no answer within 11 s")
      #expect(slow.isClosed)
      let fresh = Device(.success(Self.reading(.onLine)))
      bench.devices["slow"] = fresh
      bench.clock.advance(by: .seconds(31))
      _ = await bench.values("slow")
      try await reach { fresh.count == 1 }
      try await turn(10)
      #expect(Self.value("state", await bench.values("slow").text) == "0")
      #expect(bench.made == ["slow", "slow"])
    }
  }

  @Test func deadDevicesHoldNoLiveOneUp() async throws {
    try await onTestLoop {
      var devices: [String: Device] = [:]
      for number in 0..<100 {
        let device = Device(.success(Self.reading(.onLine, [.charge: Double(number)])))
        if number % 10 == 0 { device.gate = Gate() }
        devices["u\(number)"] = device
      }
      let bench = Bench(devices)
      // The clock stands: whoever answered did not wait for the dead ones' limit.
      for number in 0..<100 where number % 10 != 0 {
        #expect(Self.value("charge", await bench.values("u\(number)").text) == "\(number)")
      }
      #expect(devices.values.allSatisfy { $0.count == 1 })
    }
  }

  @Test func whatADeviceHadStaysAndWhatItNeverHadIsLeftOut() async throws {
    try await onTestLoop {
      let device = Device(.failure(UPSFailure("no answer")))
      let bench = Bench(["a": device])
      // Never reached: a service all the same, with what most have.
      let before = await bench.config("a")
      #expect(
        before.map(\.name)
          == ["ups_a_state", "ups_a_charge", "ups_a_runtime", "ups_a_load", "ups_a_voltage"])
      device.reading = .success(Self.reading(.onLine, [.charge: 90, .temperature: 24]))
      bench.clock.advance(by: .seconds(31))
      _ = await bench.values("a")
      try await turn(10)
      #expect(
        await bench.config("a").map(\.name) == ["ups_a_state", "ups_a_charge", "ups_a_temperature"])
      // A sensor that was never seen above 0 is none; a value that goes away becomes unknown.
      device.reading = .success(Self.reading(.onLine, [.temperature: 0, .ambient: 0]))
      bench.clock.advance(by: .seconds(31))
      let values = await bench.values("a").text
      #expect(Self.value("charge", values) == "U")
      #expect(Self.value("battery_temperature", values) == "0")
      #expect(Self.value("ambient_temperature", values) == nil)
      // Lost: all of it stays, unknown.
      device.reading = .failure(UPSFailure("no answer"))
      bench.clock.advance(by: .seconds(31))
      _ = await bench.values("a")
      let lost = await bench.values("a").text
      #expect(Self.value("battery_temperature", lost) == "U")
      #expect(
        await bench.config("a").map(\.name) == ["ups_a_state", "ups_a_charge", "ups_a_temperature"])
    }
  }

  @Test func aCardThatLostItsUPSTellsNoValues() async throws {
    try await onTestLoop {
      let device = Device(.success(Self.reading(.onLine, [.charge: 90])))
      let bench = Bench(["a": device])
      _ = await bench.values("a")
      device.reading = .success(Self.reading([.onLine, .communicationLost], [.charge: 90]))
      bench.clock.advance(by: .seconds(31))
      let answer = await bench.values("a")
      #expect(Self.value("charge", answer.text) == "U")
      #expect(Self.value("on_line", answer.text) == "U")
      #expect(Self.value("state", answer.text) == "11")
      #expect(answer.complaint == "test: no connection to its UPS: values are unknown")
    }
  }

  @Test func configAndValuesAgree() async throws {
    try await onTestLoop {
      var reading = Self.reading(
        [.onBattery, .lowBattery],
        [
          .charge: 9, .runtime: 60, .load: 80, .batteryVoltage: 27, .inputFrequency: 50,
          .outputCurrent: 3, .realPower: 500, .temperature: 30, .humidity: 40, .batteryAge: 900,
          .lineBads: 4, .bypass: 230,
        ])
      for phase in 0..<3 { reading.take(.input, 230 + Double(phase), phase: phase) }
      let bench = Bench(["a": Device(.success(reading))])
      let graphs = await bench.config("a")
      let values = FetchAnswer(Array(await bench.values("a").text.utf8).span, service: "ups_a")
      #expect(values.faults.isEmpty)
      #expect(values.graphs.map(\.name) == graphs.map(\.name))
      for (graph, answer) in zip(graphs, values.graphs) {
        #expect(graph.fields.map(\.name) == answer.values.map(\.field), "\(graph.name)")
      }
      let voltage = graphs.first { $0.name == "ups_a_voltage" }
      #expect(
        voltage?.fields.map(\.name)
          == [
            "input_voltage", "input_voltage_2", "input_voltage_3", "bypass_voltage",
            "battery_voltage",
          ])
      #expect(voltage?.field("input_voltage")?.label == "input 1")
      #expect(voltage?.field("bypass_voltage")?.label == "bypass")
    }
  }

  @Test func badSettingsAreToldAndNobodyIsAsked() async throws {
    for (name, text, reason) in [
      ("max_age", "x", "max_age: expected seconds from 0.0 to 3600.0, found 'x'"),
      ("timeout", "0", "timeout: expected seconds from 0.01 to 60.0, found '0'"),
      ("retries", "99", "retries: expected a number from 0 to 10, found '99'"),
      ("port", "70000", "port: expected a number from 1 to 65535, found '70000'"),
      ("source", "snmpd", "source: expected nut, apcupsd or snmp, found 'snmpd'"),
    ] {
      try await onTestLoop {
        let bench = Bench(["a": Device(.success(Self.reading()))])
        bench.settings = ["a": [name: text]]
        bench.arrange()
        let answer = await bench.values("a")
        #expect(answer.complaint == reason)
        #expect(Self.value("state", answer.text) == "11")
        #expect(bench.made == [])
      }
    }
  }
}
