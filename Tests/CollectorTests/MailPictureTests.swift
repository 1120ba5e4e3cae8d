import EventLoop
import Incidents
import Limits
import MuninWire
import Notify
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// The picture of a mail shows the trouble whole, up to the newest value, beside the limits.
@Suite(.timeLimit(.minutes(1))) struct MailPictureTests {
  /// The command that a picture is drawn by.
  @LoopActor
  private static func command(
    _ station: Station, _ part: NotificationPart, _ line: NotificationLine, at time: Int
  ) async throws -> GraphCommand {
    let since = [line.opened, part.since].compactMap(\.self).min()
    let (request, view) = try #require(
      await station.collector.drawing(of: part.graph, on: "g;web01", since: since, at: time))
    let plain = view.plain { _ in true }
    let last = try await station.writer.lastUpdate(station.file("g/web01-load-load-g.rrd"))
    return GraphCommand(plain.graph, request) { field in
      plain.files[field.name].map { GraphSource(path: $0, lastUpdate: last, step: 300) }
    }
  }

  private static func bounds(_ command: GraphCommand) -> (start: Int, end: Int) {
    func value(_ option: String) -> Int {
      let index = command.options.firstIndex(of: option)!
      return Int(command.options[index + 1])!
    }
    return (value("--start"), value("--end"))
  }

  @Test(arguments: [0, 5, 40])
  func aPictureHoldsTheTroubleItsLimitsAndTheNewestValue(hours: Int) async throws {
    try await Station.polling(
      [
        .init(
          "load",
          "graph_title Load\nload.label load\nload.warning 5\nload.critical 10\nusers.label u",
          "load.value 1\nusers.value 1")
      ],
      conf: "group_wait 0\nrepeat 1h\n" + Station.admin
    ) { station, node in
      for _ in 0..<24 { await station.poll() }
      let began = station.clock.epoch + 300
      for index in 0..<(1 + hours * 12) {
        node.says("load", "load.value 12.\(index % 5)\nusers.value 1")
        await station.poll()
      }
      let number = try await station.mails().count
      let notification = try await station.notification(number)
      let line = try #require(notification.lines.first)
      let part = try #require(line.parts.first { $0.field == "load" })
      #expect(part.since == began || line.opened == began)
      let command = try await Self.command(station, part, line, at: notification.at)
      let (start, end) = Self.bounds(command)
      let now = station.clock.epoch
      // Twice as long before it, at least.
      #expect(start <= began - 2 * (now - began), "\(began - start) of \(now - began)")
      #expect(end >= now && end <= now + 7200)
      #expect(command.elements.contains("HRULE:5#E08E00:warning 5:dashes"), "\(command.elements)")
      #expect(command.elements.contains("HRULE:10#CC0000:critical 10:dashes"))
      // The newest value is drawn behind the rows of the file.
      let newest = 12 + Double(hours * 12 % 5) / 10
      #expect(
        command.elements.contains {
          $0.hasPrefix("CDEF:eload=TIME,") && $0.hasSuffix(",GT,\(newest),gload,IF")
        }, "\(command.elements)")
      let picture = await station.collector.picture(of: part, in: line, at: notification.at)
      #expect(picture?.png.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
    }
  }

  /// The limits that munin.conf sets, not those of the plugin; a share of another field is a line that moves with it.
  @Test func theLimitsAreThoseInForce() async throws {
    try await Station.polling(
      [
        .init(
          "load", "graph_title Load\nload.label load\nload.critical 10\nall.label all",
          "load.value 12\nall.value 13")
      ], conf: "group_wait 0\n" + Station.admin,
      more: "load.load.critical 11\nload.load.warning :50% of all\n"
    ) { station, node in
      await station.poll()
      let notification = try await station.notification(1)
      let line = try #require(notification.lines.first)
      let part = try #require(line.parts.first)
      let command = try await Self.command(station, part, line, at: notification.at)
      #expect(command.elements.contains("HRULE:11#CC0000:critical 11:dashes"))
      #expect(!command.elements.contains { $0.hasPrefix("HRULE:10#") })
      #expect(
        command.elements.contains { $0.hasPrefix("LINE1:warning-0#E08E00:warning 50") },
        "\(command.elements)")
    }
  }

  /// What arrives: the picture is in the mail, and the HTML shows it.
  @Test func theMailHasThePicture() async throws {
    let server = try ScriptedServer()
    try await Station.polling([.load], conf: "group_wait 0\n" + Station.admin) { station, node in
      try station.mail(to: server, withPictures: true)
      for _ in 0..<5 { await station.poll() }
      node.says("load", "load.value 12")
      await station.poll()
      let mail = try #require(server.received.first)
      let id = try #require(mail.wire.firstMatch(of: /Content-ID: <([^>]+)>/)?.1)
      #expect(mail.wire.contains("Content-Type: image/png"))
      // PNG's first bytes in Base64.
      #expect(mail.wire.contains("\r\n\r\niVBORw0KGgo"))
      #expect(mail.wire.replacing("=\r\n", with: "").contains("cid:\(id)"))
    }
  }
}
