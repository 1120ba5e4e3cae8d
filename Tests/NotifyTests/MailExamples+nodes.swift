import Incidents
import Limits
import Notify

/// Messages about nodes, plugins and the collector.
extension MailExamples {
  static var nodes: [(String, Notification)] {
    [
      ("S06-node-lost", nodeLost),
      ("S06-node-never-answered", nodeNeverAnswered),
      ("S07-node-back", nodeBack(false)),
      ("S07-node-back-wrong", nodeBack(true)),
      ("S08-site-lost", siteLost),
      ("S08-site-several-reasons", siteOfSeveralReasons),
      ("S09-site-back", siteBack(returned: 14)),
      ("S09-site-partly-back", siteBack(returned: 12)),
      ("S14-ups-silent", upsSilent),
      ("S16-plugin-fails", pluginFails),
      ("S16-plugin-breaks", pluginBreaks),
      ("S16-plugin-works", pluginWorks),
      ("S16-not-listed", notListed),
      ("S17-no-values", noValues),
      ("S18-subject-gone", subjectGone),
      ("S26-summary", summary),
      ("S29-own-trouble", ownTrouble),
      ("S30-own-trouble-over", ownTroubleOver),
      ("S32-test", test),
    ]
  }

  private static func node(
    _ step: NotificationLine.Step, _ place: NotificationLine.Place = .node(NodeNumber(1)),
    _ host: String = "web1", groups: [String] = ["g"], level: Level = .critical, incident: Int,
    opened: String, closed: String? = nil, _ words: String?
  ) -> NotificationLine {
    var line = NotificationLine(
      incident: incident, step: step, place: place, groups: groups, host: host, level: level,
      worst: .critical, opened: at(opened), closed: closed.map { at($0) })
    line.words = words
    return line
  }

  static var nodeLost: Notification {
    var line = node(
      .opened, incident: 413, opened: "14:05:02", "192.0.2.10:4949: no answer within 75 s")
    (line.lastValues, line.memberCount) = (at("14:00:02"), 12)
    return notification(at: "14:10:12", line)
  }

  /// It failed in the first two polls of all.
  static var nodeNeverAnswered: Notification {
    notification(
      at: "14:05:12",
      node(
        .opened, incident: 413, opened: "14:05:02",
        "connect 192.0.2.10:4949: Connection refused"))
  }

  static func nodeBack(_ isWrong: Bool) -> Notification {
    var line = node(
      .closed, level: .ok, incident: 413, opened: "14:05:02", closed: "14:39:02",
      "192.0.2.10:4949: no answer within 75 s")
    line.memberCount = 12
    if isWrong {
      line.others = [
        .init(
          incident: 398, level: .critical, name: "df",
          part: disk(.critical, "/", 99, high: 98, series: 5))
      ]
    }
    return notification(at: "14:39:12", line)
  }

  private static let rackNodes = (1...20).map { "db\($0)" }

  static var siteLost: Notification {
    var line = node(
      .opened, .site, "", groups: ["dc", "rack-b"], incident: 414, opened: "14:05:02",
      "connect 192.0.2.21:4949: No route to host")
    (line.members, line.memberCount, line.groupCount) = (rackNodes, 26, 26)
    line.reasons = [
      .init(words: "connect 192.0.2.21:4949: No route to host", count: 26, first: "db1")
    ]
    line.memberPath = "dc;rack-b;db1"
    return notification(at: "14:10:12", line)
  }

  static var siteOfSeveralReasons: Notification {
    var notification = siteLost
    notification.lines[0].words = "connect 192.0.2.21:4949: No route to host"
    notification.lines[0].reasons = [
      .init(words: "connect 192.0.2.22:4949: No route to host", count: 21, first: "db2"),
      .init(words: "192.0.2.21:4949: no answer within 75 s", count: 4, first: "db1"),
      .init(words: "cannot connect to db9: it has no address", count: 1, first: "db9"),
    ]
    return notification
  }

  static func siteBack(returned: Int) -> Notification {
    var line = node(
      .closed, .site, "", groups: ["dc", "rack-b"], level: .ok, incident: 414, opened: "14:05:02",
      closed: "14:14:02", nil)
    (line.memberCount, line.returned) = (14, returned)
    if returned < 14 {
      line.others = [
        .init(incident: 415, level: .critical, name: "web3"),
        .init(incident: 416, level: .critical, name: "web9"),
      ]
    }
    return notification(at: "14:14:12", line)
  }

  static var upsSilent: Notification {
    var part = ups(.critical, 11, high: 9, "communication lost", since: "14:03:10")
    part.was = .ok
    var line = line(
      .opened, host: "ups1", service: "ups", title: "UPS state", level: .critical, incident: 420,
      part)
    line.followers = ["charge", "runtime", "load"].map {
      NotificationFollower(graph: "ups_\($0)", title: $0, count: 1)
    }
    return notification(line)
  }

  private static func faulty(
    _ fault: NotificationLine.Fault, step: NotificationLine.Step = .opened
  ) -> Notification {
    var line = line(
      step, host: "db1", service: "postgres_size", title: "Database sizes",
      level: step == .closed ? .ok : .unknown, worst: .unknown, incident: 417, opened: "14:05:02",
      closed: step == .closed ? "14:35:02" : nil)
    (line.fault, line.polls, line.lastValues, line.memberCount) = (fault, 4, at("14:00:02"), 3)
    return notification(at: step == .closed ? "14:35:12" : "14:20:12", line)
  }

  static var pluginFails: Notification { faulty(.fails("# Timed out")) }
  static var pluginBreaks: Notification {
    faulty(
      .fails(
        "192.0.2.10:4949: no answer within 100 s while waiting for fetch postgres_size (limit for each answer: a third of update_rate 300): left out of the next 2 polls, asked again at about 14:35:02"
      ))
  }
  static var pluginWorks: Notification { faulty(.fails("# Timed out"), step: .closed) }
  static var notListed: Notification { faulty(.notListed) }

  static var noValues: Notification {
    var line = node(.opened, level: .unknown, incident: 418, opened: "14:05:02", nil)
    let names = [
      ("diskstats", "sdb1"), ("diskstats", "sdb2"), ("diskstats", "sdb3"), ("diskstats", "sdb4"),
      ("df", "/data"), ("smart_sdb", "temperature"), ("smart_sdb", "hours"),
    ]
    line.parts = names.enumerated().map { index, name in
      var part = part(
        name.0, "f", .unknown, nil, series: UInt32(50 + index), since: "14:05:02", label: name.1)
      part.service = name.0
      return part
    }
    return notification(at: "14:10:12", line)
  }

  static var subjectGone: Notification {
    var line = line(
      .opened, host: "nas", service: "smart_sdc", title: "S.M.A.R.T. values of sdc",
      level: .unknown,
      incident: 419, opened: "14:05:02")
    (line.fault, line.memberCount) = (.withoutSubject("sdc"), 4)
    return notification(at: "14:10:12", line)
  }

  static var summary: Notification {
    var lines: [NotificationLine] = []
    for (number, level) in [Level.critical, .critical, .warning, .ok].enumerated() {
      var line = line(
        level == .ok ? .closed : .opened, host: "web\(number + 4)", service: "memory",
        title: "Memory usage",
        level: level, incident: 440 + number, opened: "14:50:10",
        closed: level == .ok ? "15:10:10" : nil,
        memory(
          level, level == .ok ? 512 * mebi : 0.7 * mebi, since: "14:50:10", was: .ok, lasted: 0))
      line.at = at("14:\(50 + number)")
      lines.append(line)
    }
    var notification = notification(kind: .summary, at: "15:20:00")
    notification.lines = lines
    (notification.heldBy, notification.span) = ("rate_limit 30 in 1h (munin.conf:12)", 3600)
    return notification
  }

  static var ownTrouble: Notification {
    var line = node(
      .opened, .collector, "", groups: [], incident: 450, opened: "14:03:10",
      "/var/lib/munin/apus.sqlite: disk full")
    line.title = "cannot write the ledger: disk full"
    line.details = [
      "polls go on, 12 MB of at most 64 MB wait in memory; alerts are late until it is written again"
    ]
    return notification(line)
  }

  static var ownTroubleOver: Notification {
    var line = node(
      .closed, .collector, "", groups: [], level: .ok, incident: 451, opened: "14:03:10",
      "smtp://mx1:25 takes mails since 09:00:10")
    (line.opened, line.closed) = (at("09:00:10", day: -2), at("09:00:10"))
    line.title = "mails go out again"
    line.details = [
      "41 mails waited, the oldest since 2026-11-28 09:02; last error: connect: Connection refused"
    ]
    return notification(at: "09:00:20", line)
  }

  static var test: Notification {
    var notification = critical
    notification.kind = .test
    return notification
  }
}
