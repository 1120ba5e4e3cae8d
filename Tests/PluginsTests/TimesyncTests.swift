import EventLoop
import Foundation
import PluginKit
import TestSupport
import Testing

@testable import Plugins

struct TimesyncTests {
  /// What a real bus said, with systemd-timesyncd 252 on it, which had asked a server that is 2 ms ahead.
  private static let recorded: [UInt8] = bytes(
    (try? String(contentsOfFile: "\(fixtures)/ntp_peers/timesyncd-252/bus.txt", encoding: .utf8))
      ?? "")

  private func told(_ pieces: [[UInt8]]) async throws -> RemoteAnswers {
    let bus = try FakeBus { _ in pieces }
    return try await onTestLoop {
      try await answers(of: NTPPeers(), on: timeHost(nil, root: bus.root, ["source": "timesyncd"]))
    }
  }

  @Test func theServerIsTold() async throws {
    let found = try await told([Self.recorded])
    #expect(found.complaint == nil)
    for line in [
      "peer_203_0_113_12.value 0.0020515", "peer_203_0_113_12.value 32",
      "peer_203_0_113_12.value 6",
      "peer_203_0_113_12.value 2", "system_peer.value 1", "stratum.value 3", "usable.value 1",
    ] {
      #expect(found.values.split(separator: "\n").contains(line[...]), "\(line) in \(found.values)")
    }
  }

  @Test func piecesOfAnySizeAreOneAnswer() async throws {
    let whole = try await told([Self.recorded])
    for size in [1, 7, 100] {
      let pieces = stride(from: 0, to: Self.recorded.count, by: size).map {
        Array(Self.recorded[$0..<min($0 + size, Self.recorded.count)])
      }
      #expect(try await told(pieces).values == whole.values)
    }
  }

  /// The question says who asks, wakes nobody, and is what a real bus took.
  @Test func theQuestionIsDBus() async throws {
    let heard = Locked<[UInt8]>([])
    let bus = try FakeBus { question in
      heard.with { $0 = question }
      return [Self.recorded]
    }
    _ = try await onTestLoop {
      try await answers(of: NTPPeers(), on: timeHost(nil, root: bus.root, ["source": "timesyncd"]))
    }
    let question = heard.with { $0 }
    let start = Array("\0AUTH EXTERNAL ".utf8)
    #expect(question.starts(with: start))
    guard let end = question.firstIndex(of: 0x0A), question.count > end + 8 else {
      Issue.record("no line")
      return
    }
    var rest = Array(question[(end + 1)...].dropFirst("BEGIN\r\n".utf8.count))
    var calls = 0
    while let call = try BusMessage.arrival(in: rest.span) {
      // A call that starts nobody.
      #expect(rest[1] == 1 && rest[2] == 2)
      rest.removeFirst(call.length)
      calls += 1
    }
    #expect(calls == 5 && rest.isEmpty)
  }

  @Test func whatIsNoAnswerIsUnknown() async throws {
    let noise: [UInt8] = Array("OK 1234\r\n".utf8) + [UInt8](repeating: 0x6C, count: 200)
    for pieces in [
      [], [Array("REJECTED EXTERNAL\r\n".utf8)], [Array(Self.recorded.dropLast(100))], [noise],
      [[0]],
      [Array("OK".utf8)],
    ] {
      let found = try await told(pieces)
      #expect(found.values.contains("offset.value U\n"), "\(pieces)")
      #expect(found.complaint?.contains("run/dbus/system_bus_socket") == true)
    }
  }

  @Test func withoutABusTheFilesAreAsked() async throws {
    let folder = try TemporaryFolder()
    try folder.write("run/systemd/timesync/synchronized", "")
    try await onTestLoop {
      let host = timeHost(nil, root: folder.path, ["source": "timesyncd"])
      let found = try await answers(of: NTPPeers(), on: host)
      #expect(found.complaint == nil && found.values.contains("leap.value 0\n"))
      let since = found.values.split(separator: "\n").first { $0.hasPrefix("since_sync.value ") }
      #expect(since.flatMap { Double($0.dropFirst(17)) }.map { (0...60).contains($0) } == true)
      #expect(!found.values.contains("system_peer"))
    }
  }

  /// systemd sends the largest number for a time that there is none of.
  @Test(
    arguments: [
      ([UInt8](repeating: 0xFF, count: 8), nil), ([0, 0x48, 0xE8, 0x01, 0, 0, 0, 0], 32.0),
    ] as [([UInt8], Double?)])
  func anInfinitePollIntervalIsUnknown(number: [UInt8], poll: Double?) {
    // The signature `t`, and the number at a multiple of eight.
    let value = BusValueBytes(isLittle: true, bytes: [1, 0x74, 0, 0, 0, 0, 0, 0] + number)
    var account = TimesyncAccount()
    account.take(value, of: 3)
    #expect(account.poll == poll)
  }

  @Test func noiseIsSurvived() {
    var noise = Noise(252)
    for round in 0..<3000 {
      let text =
        round % 4 == 0 ? noise.bytes(200) : noise.damaged(Array(Self.recorded.dropFirst(37)))
      var rest = text
      while let arrival = try? BusMessage.arrival(in: rest.span) {
        guard arrival.length >= 16, arrival.length <= rest.count else {
          Issue.record("a message of \(arrival.length) bytes in \(rest.count)")
          return
        }
        if case .value(let value)? = arrival.answer {
          for property in TimesyncAccount.properties.indices {
            var account = TimesyncAccount()
            account.take(value, of: property)
            var snapshot = NTPSnapshot(daemon: .timesyncd, place: "test")
            account.complete(&snapshot, at: 1.8e9)
            #expect(!NTPTable.text(of: snapshot).isEmpty)
          }
        }
        rest.removeFirst(arrival.length)
      }
    }
  }
}
