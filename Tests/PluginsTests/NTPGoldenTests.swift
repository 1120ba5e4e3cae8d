import EventLoop
import Foundation
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Plugins

/// What daemons answered once, played again: folders of `Tests/Fixtures/ntp_peers`. In each
/// - `answers.txt`: `> ` a question and `< ` its answers in hexadecimal, their numbers zero; none where there is no
///   daemon,
/// - `bus.txt`: what a bus says in all, in hexadecimal, where timesyncd is on it,
/// - `settings.txt`: `NAME VALUE`, env settings,
/// - `adjtimex.txt`: what the kernel says: state, status, offset, frequency, largest and estimated error, time
///   constant, TAI,
/// - `services.txt`: names of further services to ask, and
/// - `config.txt`, `fetch.txt` (with what is complained of), `table.txt`: what must come out.
struct NTPGoldenTests {
  static let machines = PluginsTests.machines(of: "ntp_peers")

  @Test func thereAreMachines() { #expect(NTPGoldenTests.machines.count >= 6) }

  @Test(arguments: machines)
  func answersAsRecorded(machine: String) async throws {
    let folder = "\(fixtures)/ntp_peers/\(machine)"
    let recording = try Recording(folder)
    let daemon =
      try recording.exchanges.isEmpty
      ? nil : FakeDaemon { _, question in recording.answer(to: question) }
    let port = daemon?.port
    let bus = try recording.bus.isEmpty ? nil : FakeBus { _ in [recording.bus] }
    let root = bus?.root ?? folder
    let (config, fetch, table) = try await onTestLoop {
      let buffer = ReadBuffer(hasWorkers: true)
      let clock = LoopClock(standingAt: 1_795_546_000)
      var config = ""
      var fetch = ""
      for service in ["ntp_peers"] + recording.services {
        let host = recording.host(service, port: port, root: root, buffer: buffer)
        let plugin = try recording.plugin(of: service, clock: clock)
        let found = try await answers(of: plugin, on: host)
        expectAgreement(found, of: service)
        config += "# \(service)\n\(found.config)"
        fetch +=
          "# \(service)\n\(found.values)" + (found.complaint.map { "# complains: \($0)\n" } ?? "")
      }
      let host = recording.host("ntp_peers", port: port, root: root, buffer: buffer)
      var table: String
      do { table = try await NTPTable.text(on: host) } catch { table = "\(error)\n" }
      let place = "127.0.0.1:\(port ?? 0)"
      return (config, fetch.replacing(place, with: "PLACE"), table.replacing(place, with: "PLACE"))
    }
    try expectGolden(config, "\(folder)/config.txt")
    try expectGolden(fetch.replacing(root, with: ""), "\(folder)/fetch.txt")
    try expectGolden(table.replacing(root, with: ""), "\(folder)/table.txt")
  }
}

/// Every field that is described is sent, and the other way round.
private func expectAgreement(_ found: RemoteAnswers, of service: String) {
  let config = ConfigAnswer(Array(found.config.utf8).span, service: service)
  let fetch = FetchAnswer(Array(found.values.utf8).span, service: service)
  #expect(config.faults.isEmpty && fetch.faults.isEmpty)
  #expect(
    config.graphs.map { $0.fields.map(\.name) } == fetch.graphs.map { $0.values.map(\.field) },
    "\(service)")
}

/// A daemon's recorded answers.
private struct Recording: Sendable {
  /// Question (its number zero) → answers.
  var exchanges: [[UInt8]: [[UInt8]]] = [:]
  var settings: [String: String] = [:]
  var services: [String] = []
  var time: KernelTime?
  var bus: [UInt8] = []

  init(_ folder: String) throws {
    func text(_ name: String) -> [Substring] {
      ((try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "").split(
        separator: "\n")
    }
    var question: [UInt8] = []
    for line in text("answers.txt") {
      let content = bytes(String(line.dropFirst(2)))
      if line.hasPrefix(">") {
        question = content
        exchanges[question] = []
      } else if line.hasPrefix("<") {
        exchanges[question]?.append(content)
      }
    }
    for line in text("settings.txt") {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      settings[words[0]] = words.count > 1 ? words[1] : ""
    }
    services = text("services.txt").map(String.init)
    bus = bytes(text("bus.txt").joined())
    let numbers = text("adjtimex.txt").flatMap { $0.split(separator: " ") }.compactMap { Int($0) }
    if numbers.count == 8 {
      time = KernelTime(
        state: numbers[0], status: numbers[1], offset: numbers[2], frequency: numbers[3],
        maximumError: numbers[4],
        estimatedError: numbers[5], timeConstant: numbers[6], tai: numbers[7])
    }
  }

  /// Where a protocol has the number of a question.
  private static func number(in datagram: [UInt8]) -> Range<Int> {
    datagram[0] == 6 ? 8..<12 : 2..<4
  }

  /// What was never asked is refused, so that a test ends.
  func answer(to question: [UInt8]) -> [[UInt8]] {
    let place = Recording.number(in: question)
    let number = question[place]
    var known = question
    for index in place { known[index] = 0 }
    guard let found = exchanges[known] else {
      return question[0] == 6
        ? [
          [6, 2, 0, 0] + question[4..<6] + [0, 1, 0, 1] + [UInt8](repeating: 0, count: 6) + number
            + [UInt8](repeating: 0, count: 8)
        ]
        : [[0x16, 0xC0 | question[1]] + number + [4, 0] + question[6..<8] + [0, 0, 0, 0]]
    }
    return found.map { reply in
      var reply = reply
      // Answers of chronyd have it behind four more bytes.
      let start = reply[0] == 6 ? 16 : 2
      reply.replaceSubrange(start..<start + number.count, with: number)
      return reply
    }
  }

  func host(_ service: String, port: Int?, root: String, buffer: ReadBuffer) -> PluginKit.Host {
    timeHost(
      port, source: exchanges.keys.first?[0] == 6 ? "chrony" : "ntpd", service: service, root: root,
      settings,
      buffer: buffer, time: time)
  }

  func plugin(of service: String, clock: LoopClock) throws -> any RemotePlugin {
    if service == "ntp_peers" { return NTPPeers(clock: clock) }
    var best: (any RemotePlugin)?
    for case .remote(let plugin) in builtIn {
      let name = "\(plugin.name)"
      guard service == name || (name.hasSuffix("_") && service.hasPrefix(name)) else { continue }
      if name.utf8.count > (best.map { "\($0.name)".utf8.count } ?? 0) { best = plugin }
    }
    guard let best else { throw NoSuchPlugin(name: service) }
    return best
  }
}
