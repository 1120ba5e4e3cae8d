import Foundation
import Text

/// A story as it stands in a file: settings, services, and what happens when. `Tests/Scenarios/README.md` describes the form.
struct Story {
  struct Service {
    var node: String
    var name: String
    var config: String
  }

  /// What stands between the time and the bar of a line.
  struct Line {
    /// The number of the line in the file, from 1.
    var number: Int
    /// In seconds since 1970, on a clock that never jumps.
    var time: Int
    var events: [String]
    /// Lines below that are indented: settings, or a config.
    var block: String = ""
    /// The mails from this line to the next.
    var mails: [String] = []
    /// What the last of them says somewhere.
    var texts: [String] = []
    /// As written, without the mails.
    var left: String
  }

  var name: String
  var conf = ""
  var services: [Service] = []
  var period = 60
  var zoneName = "UTC"
  var zone = ZoneFile.utc
  /// Whether it needs more than one life of the collector has seen: rates and trends begin anew after a restart.
  var isUnkilled = false
  var lines: [Line] = []
  /// The lines of the file up to the first line of a time, for recording.
  var head: [String] = []

  struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("stories")

  static var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }.sorted()
  }

  var file: URL { Story.folder.appendingPathComponent(name + ".txt") }

  static func zone(_ name: String) -> ZoneFile? {
    guard let data = FileManager.default.contents(atPath: "/usr/share/zoneinfo/\(name)") else {
      return nil
    }
    return try? ZoneFile(Array(data).span)
  }

  init(_ name: String) throws {
    self.name = name
    let text = try String(contentsOf: file, encoding: .utf8)
    try read(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
  }

  private mutating func read(_ all: [String]) throws {
    var section = ""
    var day: CalendarDay?
    var last = Int.min
    for (index, raw) in all.enumerated() {
      let number = index + 1
      func fault(_ text: String) -> Fault { Fault(description: "\(name).txt:\(number): \(text)") }
      let isIndented = raw.hasPrefix("  ")
      let text = raw.trimmingCharacters(in: .whitespaces)
      if lines.isEmpty, section != "run" || text.isEmpty || text.hasPrefix("#") {
        head.append(raw)
      }
      if text.isEmpty || text.hasPrefix("#") { continue }
      if isIndented {
        if text.hasPrefix("| ") {
          lines[lines.count - 1].mails.append(String(text.dropFirst(2)))
        } else if text.hasPrefix("> ") {
          lines[lines.count - 1].texts.append(String(text.dropFirst(2)))
        } else if section == "run", !lines.isEmpty {
          lines[lines.count - 1].block += text + "\n"
        } else if section == "conf" {
          conf += text + "\n"
        } else if section == "service" {
          services[services.count - 1].config += text + "\n"
        } else {
          throw fault("an indented line without a section")
        }
        continue
      }
      let words = text.split(separator: " ").map(String.init)
      switch words[0] {
      case "conf": section = "conf"
      case "unkilled": isUnkilled = true
      case "service":
        section = "service"
        for service in words.dropFirst(2) {
          services.append(Service(node: words[1], name: service, config: ""))
        }
      case "run":
        section = "run"
        guard words.count >= 5, words[3] == "every", let seconds = Int(words[4]) else {
          throw fault("expected: run DATE TIME every SECONDS [zone NAME]")
        }
        period = seconds
        if words.count == 7 { zoneName = words[6] }
        guard let zone = Story.zone(zoneName) else { throw fault("no zone \(zoneName)") }
        self.zone = zone
        day = Story.day(words[1])
        guard day != nil else { throw fault("expected a date") }
      default:
        guard section == "run", var date = day else { throw fault("unexpected line") }
        var rest = Substring(text)
        if let first = rest.split(separator: " ").first, let found = Story.day(String(first)) {
          date = found
          day = found
          rest = rest.dropFirst(first.count).drop { $0 == " " }
          last = .min
        }
        guard let clock = rest.split(separator: " ").first, let seconds = Story.clock(clock) else {
          throw fault("expected a time, found '\(rest)'")
        }
        rest = rest.dropFirst(clock.count)
        func instant() -> Int {
          zone.epoch(ofLocal: date.daysSince1970 * 86_400 + seconds, turn: .first)
        }
        // A time that is not later is one of the next day.
        if instant() <= last { date = CalendarDay(daysSince1970: date.daysSince1970 + 1) }
        day = date
        last = instant()
        let halves = rest.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        let events = halves[0].split(separator: ",").map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        let end = raw.firstIndex(of: "|") ?? raw.endIndex
        var line = Line(
          number: number, time: last, events: events.filter { !$0.isEmpty },
          left: String(raw[..<end]).trimmingCharacters(in: .whitespaces))
        if halves.count == 2 {
          line.mails = [halves[1].trimmingCharacters(in: .whitespaces)]
        }
        lines.append(line)
      }
    }
    guard !lines.isEmpty else { throw Fault(description: "\(name).txt: nothing happens") }
  }

  static func day(_ text: String) -> CalendarDay? {
    let parts = text.split(separator: "-").compactMap { Int($0) }
    guard text.count == 10, parts.count == 3 else { return nil }
    return CalendarDay(year: parts[0], month: parts[1], day: parts[2])
  }

  /// `14:03` or `14:03:10`.
  private static func clock(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":").compactMap { Int($0) }
    guard parts.count == 2 || parts.count == 3 else { return nil }
    return parts[0] * 3600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
  }

  /// Writes the file anew, with these mails.
  func record(_ mails: [[String]]) throws {
    var text = head
    while text.last?.isEmpty == true { text.removeLast() }
    for (line, mails) in zip(lines, mails) {
      let left = line.left
      let wide = left.padding(toLength: max(left.count, 38), withPad: " ", startingAt: 0)
      text.append(mails.first.map { "\(wide) | \($0)" } ?? left)
      for mail in mails.dropFirst() {
        text.append("".padding(toLength: 38, withPad: " ", startingAt: 0) + " | \(mail)")
      }
      for part in line.texts { text.append("    > \(part)") }
      for part in line.block.split(separator: "\n") { text.append("    \(part)") }
    }
    try (text.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
  }
}
