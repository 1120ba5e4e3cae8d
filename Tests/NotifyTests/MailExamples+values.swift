import Incidents
import Limits
import Notify

/// Messages about values.
extension MailExamples {
  static let critical = notification(
    line(
      service: "memory", title: "Memory usage", level: .critical,
      memory(.critical, 0.8 * mebi, since: "14:03:10", was: .ok, lasted: 3 * day + 4 * hour)))

  static var values: [(String, Notification)] {
    [
      ("S01-critical", critical),
      ("S02-warning", warning),
      ("S03-worsened", worsened),
      ("S04-joined", joined),
      ("S05-resolved", resolved),
      ("S10-followers", followers),
      ("S11-state", onBattery),
      ("S12-state-worse", lowBattery),
      ("S13-state-over", onLine),
      ("S15-no-peer", noPeer),
      ("S19-flapping", flapping),
      ("S20-steady", steady),
      ("S21-after-planned-work", released),
      ("S22-reminder", reminder),
      ("S23-escalation", escalation),
      ("S24-trend", trend),
      ("S25-rate", rate),
      ("S31-limit-changed", limitChanged),
      ("several", several),
    ]
  }

  static var warning: Notification {
    var part = load(.warning, 6.2, high: 5)
    (part.badRuns, part.heldRuns, part.since) = (2, 3, at("14:00:10"))
    (part.was, part.lasted) = (.ok, 5 * hour + 10 * minute)
    return notification(
      at: "14:05:20",
      line(service: "load", title: "Load average", level: .warning, incident: 413, part))
  }

  static func disk(_ level: Level, _ label: String, _ value: Double, high: Double, series: UInt32)
    -> NotificationPart
  {
    part("df", "_dev", level, value, series: series, high: high, unit: "%", label: label)
  }

  static var worsened: Notification {
    var part = disk(.critical, "/", 99, high: 98, series: 5)
    (part.since, part.was, part.lasted) = (at("15:22:10"), .warning, 22 * minute)
    return notification(
      at: "15:22:20",
      line(
        .worsened, service: "df", title: "Disk usage in percent", level: .critical, was: .warning,
        incident: 414, opened: "15:00:10", part))
  }

  static var joined: Notification {
    var first = disk(.warning, "/", 95, high: 92, series: 5)
    first.since = at("15:00:10")
    var second = disk(.warning, "/home", 93, high: 92, series: 6)
    (second.since, second.isNews, second.was, second.lasted) = (at("16:05:10"), true, .ok, 9 * day)
    return notification(
      at: "16:05:20",
      line(
        .joined, service: "df", title: "Disk usage in percent", level: .warning, incident: 414,
        opened: "15:00:10", first, second))
  }

  static var resolved: Notification {
    var part = memory(.ok, 512 * mebi, since: "14:17:10", was: .critical, lasted: 14 * minute)
    (part.worst, part.worstValue, part.worstAt) = (.critical, 0.8 * mebi, at("14:09:10"))
    return notification(
      at: "14:17:20",
      line(
        .closed, service: "memory", title: "Memory usage", level: .ok, was: .critical,
        worst: .critical,
        closed: "14:17:10", part))
  }

  static var followers: Notification {
    var line = line(
      service: "web_processes", title: "Web servers: up", level: .critical, incident: 419,
      part(
        "web_processes_up", "apache", .critical, 0, low: 1, was: .ok, lasted: 12 * day,
        extinfo: "no master process"))
    line.followers = [
      ("memory", 1), ("CPU usage", 2), ("processes", 2), ("states", 4), ("age", 1), ("threads", 1),
      ("requests", 1), ("bytes", 1), ("restarts", 1),
    ].map { NotificationFollower(graph: "web_\($0.0)", title: $0.0, count: $0.1) }
    return notification(line)
  }

  static func ups(_ level: Level, _ value: Double, high: Double?, _ words: String, since: String)
    -> NotificationPart
  {
    part(
      "ups_state", "state", level, value, high: high, unit: "state", since: since, extinfo: words,
      label: "worst state")
  }

  static var onBattery: Notification {
    var part = ups(.warning, 9, high: 2, "on battery", since: "14:03:10")
    (part.was, part.lasted, part.details) = (.ok, 40 * day, ["charge 96 %, runtime 41 min"])
    return notification(
      line(
        .opened, host: "ups1", service: "ups", title: "UPS state", level: .warning, incident: 420,
        part))
  }

  static var lowBattery: Notification {
    var part = ups(.critical, 10, high: 9, "on battery, low battery", since: "14:19:10")
    (part.was, part.lasted) = (.warning, 16 * minute)
    part.details = ["charge 11 %, runtime 3 min"]
    return notification(
      at: "14:19:20",
      line(
        .worsened, host: "ups1", service: "ups", title: "UPS state", level: .critical,
        was: .warning,
        incident: 420, part))
  }

  static var onLine: Notification {
    var part = ups(.ok, 0, high: 2, "on line, charging", since: "14:21:10")
    (part.was, part.lasted, part.worst) = (.critical, 2 * minute, .critical)
    return notification(
      at: "14:21:20",
      line(
        .closed, host: "ups1", service: "ups", title: "UPS state", level: .ok, was: .critical,
        worst: .critical,
        incident: 420, closed: "14:21:10", part))
  }

  static var noPeer: Notification {
    notification(
      line(
        .opened, host: "gw", service: "ntp_peers", title: "NTP: status", level: .warning,
        incident: 421,
        part(
          "ntp_peers_status", "system_peer", .warning, 0, low: 1, was: .ok, lasted: 9 * day,
          extinfo: "no peer is selected", label: "system peer")))
  }

  static func swap(_ level: Level, _ value: Double, high: Double?) -> NotificationPart {
    part("swap", "used", level, value, high: high, unit: "%")
  }

  static var flapping: Notification {
    var line = line(
      .flapping, service: "swap", title: "Swap in use", level: .warning, incident: 431,
      swap(.warning, 85, high: 80))
    line.beginnings = [at("14:03"), at("14:20"), at("14:41")]
    line.steadyAfter = 30 * minute
    return notification(at: "14:43:10", line)
  }

  static var steady: Notification {
    var line = line(
      .steady, service: "swap", title: "Swap in use", level: .ok, worst: .warning, incident: 431,
      opened: "14:03:10", closed: "15:23:10", swap(.ok, 31, high: 80))
    line.beginningCount = 7
    line.closed = at("15:53:10")
    line.parts[0].since = at("15:23:10")
    return notification(at: "15:53:20", line)
  }

  static var released: Notification {
    var line = line(
      .released, service: "nginx_status", title: "nginx connections", level: .critical,
      incident: 432,
      opened: "02:10:10",
      part(
        "nginx_status", "total", .critical, 0, low: 1, since: "02:10:10", label: "connections"))
    line.plannedBy = "Sun 02:00-04:00 (munin.conf:44)"
    line.plannedUntil = at("04:00:00")
    return notification(at: "04:00:10", line)
  }

  static var lasting: NotificationLine {
    line(
      .lasting, service: "memory", title: "Memory usage", level: .critical,
      memory(.critical, 0.7 * mebi, since: "14:03:10", was: .ok, lasted: 3 * day + 4 * hour))
  }

  static var reminder: Notification {
    var line = lasting
    (line.reminder, line.nextAt) = (2, at("22:03:10"))
    return notification(kind: .reminder, at: "18:03:10", line)
  }

  static var escalation: Notification {
    var line = lasting
    (line.toldTo, line.toldAt) = ("admin", at("14:03:20"))
    var notification = notification(kind: .escalation, at: "14:33:20", line)
    notification.contact = "boss"
    return notification
  }

  static var trend: Notification {
    var part = swap(.warning, 72, high: nil)
    part.limit = .trend(limit: 95, at: at("17:10"), perHour: 7.6)
    part.was = .ok
    part.lasted = 90 * minute
    return notification(
      at: "14:08:20",
      line(service: "swap", title: "Swap in use", level: .warning, incident: 433, part))
  }

  static var rate: Notification {
    var part = part("postfix_mailqueue", "deferred", .warning, 4210, unit: "mails in queue")
    part.limit = .rate(low: nil, high: 50, seconds: 60, change: 140)
    return notification(
      line(
        .opened, host: "mx1", service: "postfix_mailqueue", title: "Postfix mail queue",
        level: .warning,
        incident: 434, part))
  }

  static var limitChanged: Notification {
    var line = line(
      .closed, service: "load", title: "Load average", level: .ok, worst: .warning, incident: 433,
      closed: "14:09:10", load(.ok, 6.2, high: 10))
    line.parts[0].since = at("14:09:10")
    (line.changedBy, line.changedAt) = ("munin.conf:31", at("14:09:00"))
    return notification(at: "14:09:20", line)
  }

  static var several: Notification {
    var all = critical
    all.lines += warning.lines + noPeer.lines + followers.lines
    return all
  }
}
