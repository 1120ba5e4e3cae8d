import Incidents
import Limits
import Notify

/// Messages by the clock.
extension MailExamples {
  static var regular: [(String, Notification)] {
    [
      ("S27-digest", digest), ("S27-digest-hourly", hourlyDigest), ("S28-alive", alive),
      ("S28-alive-silent", aliveWithTrouble),
    ]
  }

  private static func message(_ kind: Notification.Kind, at time: String) -> Notification {
    Notification(
      number: 1, contact: "admin", kind: kind, at: at(time), lines: [],
      identifier: "\(kind).tadmin.1")
  }

  static var digest: Notification {
    var known = line(
      .lasting, service: "df", title: "Disk usage in percent", level: .warning, incident: 398,
      part("df", "_", .warning, 95, high: 92, unit: "%", label: "/"))
    known.opened = at("22:10", day: -1)
    known.acknowledgedBy = "ada"
    var lost = NotificationLine(
      incident: 413, step: .lasting, place: .node(NodeNumber(2)), groups: ["g"], host: "db2",
      level: .critical, worst: .critical, opened: at("07:30"))
    lost.words = "192.0.2.11:4949: no answer within 75 s"
    var outage = NotificationLine(
      incident: 411, step: .closed, place: .node(NodeNumber(1)), groups: ["g"], host: "db1",
      level: .ok, worst: .critical, opened: at("03:10"), closed: at("03:24"))
    outage.words = "Connection refused"
    var site = outage
    site.place = .site
    (site.groups, site.host, site.memberCount) = (["g", "rack-b"], "", 14)
    site.opened = at("23:10", day: -1)
    site.closed = at("00:01")
    var swap = line(
      .closed, service: "swap", title: "Swap", level: .ok, worst: .critical, incident: 412,
      opened: nil,
      part("swap", "used", .ok, 12, high: 80, unit: "%"))
    (swap.opened, swap.closed) = (at("14:20", day: -1), at("15:10", day: -1))
    swap.parts[0].worstValue = 97
    var failed = swap
    failed.fault = .fails("# Timed out")
    (failed.opened, failed.parts) = (nil, [])
    var near = part("df", "home", .ok, 90.5, high: 92, unit: "%", since: nil, label: "/home")
    near.limit = .range(low: nil, high: 92)
    let traffic = part(
      "if_eth0", "down", .ok, 412_000_000, unit: "bits per second", since: nil, label: "received")
    let g = ["g"]
    var contents = DigestContents(
      since: at("08:00", day: -1), isHourly: false,
      items: [
        DigestItem(.open, groups: g, host: "db2", .open(lost, plannedUntil: nil)),
        DigestItem(
          .open, isNews: false, groups: g, host: "web1", service: "df",
          .open(known, plannedUntil: at("16:00"))),
        DigestItem(.outages, groups: g, host: "db1", .over(outage, count: 1)),
        DigestItem(.outages, groups: ["g", "rack-b"], host: "", .over(site, count: 3)),
        DigestItem(.over, groups: g, host: "web1", service: "swap", .over(swap, count: 2)),
        DigestItem(.over, groups: g, host: "web1", service: "smart_sda", .over(failed, count: 1)),
        DigestItem(
          .mishaps, groups: g, host: "db1", service: "postgres_size",
          .mishap(.failed, count: 3, of: 288, words: "# Timed out")),
        DigestItem(
          .mishaps, groups: g, host: "web2",
          .mishap(.missed, count: 2, of: 288, words: "Connection refused")),
        DigestItem(.nearLimits, groups: g, host: "web1", service: "df", .nearLimit(near)),
        DigestItem(
          .unusual, groups: g, host: "web1", service: "if_eth0",
          .unusual(
            traffic, low: 1_200_000, high: 3_400_000, from: at("02:00"), to: at("04:00"))),
        DigestItem(.restarts, groups: g, host: "web1", .restarted(count: 1, last: at("03:15"))),
        DigestItem(
          .restarts, groups: g, host: "web3", .restarted(count: 3, last: at("07:05"))),
        DigestItem(.inventory, groups: g, host: "web4", .isNew(services: 23)),
        DigestItem(.inventory, groups: g, host: "web1", service: "smart_sdb", .isNew(services: 0)),
        DigestItem(.inventory, groups: g, host: "web1", service: "ntp_peers", .isGone),
        DigestItem(
          .planned, groups: g, host: "",
          .silence(target: "g;web1", until: at("16:05"), who: "ada", why: "kernel update")),
      ])
    contents.further[DigestItem.Heading.inventory.rawValue] = 4
    contents.compared = 4000
    contents.comparable = 12_000
    var notification = message(.digest, at: "08:00:02")
    notification.digest = contents
    return notification
  }

  static var hourlyDigest: Notification {
    var notification = message(.digest, at: "14:00:00")
    notification.digest = DigestContents(
      since: at("13:00"), isHourly: true,
      items: [
        DigestItem(
          .mishaps, groups: ["g"], host: "db1", service: "smart_sda",
          .mishap(.notListed, count: 1, of: 12, words: ""))
      ])
    return notification
  }

  static var alive: Notification {
    var notification = message(.alive, at: "08:00:00")
    notification.alive = AliveFacts(
      nodes: 214, incidents: 2, slowest: 1.234, slowestNode: "g;db1")
    return notification
  }

  static var aliveWithTrouble: Notification {
    var notification = message(.alive, at: "08:00:00")
    notification.alive = AliveFacts(nodes: 1, silent: 1, incidents: 1, waiting: 1)
    return notification
  }
}
