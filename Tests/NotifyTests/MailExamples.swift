import Incidents
import Limits
import Notify
import Text

/// Notifications as the collector makes them, one for each kind of message. Their words stand in `Tests/Fixtures/mails`.
enum MailExamples {
  static var all: [(String, Notification)] { values + nodes + regular }

  static let surroundings = AlertSurroundings(
    site: "https://munin.example.com", machine: "mon1", utcOffset: { _ in 3600 },
    silenceLink: { "https://munin.example.com/alert?i=\($0)&c=\($1)&x=1764600000&s=c2lnbmF0dXJl" },
    movements: [
      SeriesNumber(1): ValueMovement(
        hourAgo: 412 * mebi, dayAgo: 420 * mebi, lowestOfDays: 7)
    ])

  /// A time of 2026-11-30 in the zone of the surroundings; negative days lie before.
  static func at(_ clock: String, day: Int = 0) -> Int {
    let parts = clock.split(separator: ":").map { Int($0)! }
    let days = CalendarDay(year: 2026, month: 11, day: 30)!.daysSince1970 + day
    return days * 86_400 + parts[0] * 3600 + parts[1] * 60 + (parts.count > 2 ? parts[2] : 0) - 3600
  }

  static let mebi = 1_048_576.0

  static func notification(
    kind: Notification.Kind = .change, at time: String = "14:03:20", _ lines: NotificationLine...
  ) -> Notification {
    Notification(
      number: 1, contact: "admin", kind: kind, at: at(time), lines: lines,
      identifier: "412.admin.1", groups: lines.first?.groups ?? [])
  }

  static func line(
    _ step: NotificationLine.Step = .opened, host: String = "web1", service: String,
    title: String, level: Level, was: Level? = nil, worst: Level? = nil, incident: Int = 412,
    opened: String? = "14:03:10", closed: String? = nil, _ parts: NotificationPart...
  ) -> NotificationLine {
    var line = NotificationLine(
      incident: incident, step: step, place: .service(node: NodeNumber(1), name: service),
      groups: ["g"], host: host, service: service, graph: parts.first?.graph ?? service,
      title: title, level: level, was: was, worst: worst ?? level, opened: opened.map { at($0) },
      closed: closed.map { at($0) })
    line.parts = parts
    return line
  }

  static func part(
    _ graph: String, _ field: String, _ level: Level, _ value: Double?, series: UInt32 = 2,
    low: Double? = nil, high: Double? = nil, unit: String? = nil, base: Int = 1000,
    since: String? = "14:03:10", was: Level? = nil, lasted: Int? = nil, extinfo: String? = nil,
    label: String? = nil
  ) -> NotificationPart {
    var part = NotificationPart(
      series: SeriesNumber(series), graph: graph, title: "", field: field, label: label ?? field,
      level: level, was: was, worst: level, value: value, base: base, isScaled: unit != "%")
    part.unit = unit
    if low != nil || high != nil { part.limit = .range(low: low, high: high) }
    part.since = since.map { at($0) }
    part.lasted = lasted
    part.extinfo = extinfo
    return part
  }

  static func memory(
    _ level: Level, _ value: Double, since: String, was: Level, lasted: Int
  ) -> NotificationPart {
    var part = part(
      "memory", "free", level, value, series: 1, low: mebi, unit: "Bytes", base: 1024, since: since,
      was: was, lasted: lasted)
    part.info = "Memory that no program uses."
    return part
  }

  static func load(_ level: Level, _ value: Double, high: Double) -> NotificationPart {
    part("load", "load", level, value, high: high, unit: "load")
  }

  static let minute = 60
  static let hour = 3600
  static let day = 86_400
}
