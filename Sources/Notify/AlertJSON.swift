internal import Incidents
internal import Limits
internal import Text

/// A notification as JSON, for webhooks without a template.
struct AlertJSON {
  private(set) var bytes: [UInt8]

  /// The number changes when a member changes its meaning or is removed.
  private static let version = 1
  /// The most values, and names of nodes, of one incident.
  private static let most = 100

  init(_ notification: Notification, _ words: AlertWords, _ surroundings: AlertSurroundings) {
    var json = JSON()
    json.object { json in
      json.member("version", Self.version)
      json.member("id", notification.identifier)
      json.member("kind", notification.kind.word)
      json.member("at", notification.at)
      json.member("contact", notification.contact)
      json.member("collector", surroundings.machine)
      json.member("subject", words.subject)
      json.member("text", words.text)
      json.member("level", (notification.lines.map(\.level).max() ?? .ok).rawValue)
      json.member("further_incidents", notification.furtherCount)
      json.name("earlier_ids")
      json.list(notification.references) { $0.string($1) }
      json.name("incidents")
      json.list(notification.lines.prefix(Notification.mostLines)) { json, line in
        Self.write(IncidentWords(line, of: notification, surroundings), to: &json)
      }
      if let digest = notification.digest {
        json.name("digest")
        let words = DigestWords(notification, surroundings)
        json.list(digest.items) { json, item in
          json.object { json in
            json.member("heading", words.heading(item.heading))
            json.member("is_news", item.isNews)
            json.member("text", words.line(item))
          }
        }
      }
      if let alive = notification.alive {
        json.name("alive")
        json.object { json in
          json.member("nodes", alive.nodes)
          json.member("silent", alive.silent)
          json.member("incidents", alive.incidents)
          json.member("waiting", alive.waiting)
          json.member("slowest_poll", alive.slowest)
        }
      }
    }
    bytes = json.bytes
  }

  private static func write(_ words: IncidentWords, to json: inout JSON) {
    let line = words.line
    json.object { json in
      json.member("incident", line.incident)
      json.member("step", line.step.word)
      json.member("is_over", words.isOver)
      json.member("level", line.level.rawValue)
      json.member("was", line.was?.rawValue)
      json.member("worst", line.worst.rawValue)
      json.member("place", line.place.word)
      json.member("group", line.groups.joined(separator: ";"))
      json.member("node", line.host.isEmpty ? nil : words.node)
      json.member("service", line.service)
      json.member("graph", line.parts.first?.graph ?? line.graph)
      json.member("title", line.title)
      json.member("fact", words.fact)
      json.member("opened", line.opened)
      json.member("closed", words.isOver ? line.closed : nil)
      json.member("page", words.page)
      json.member("silence", words.silenceLink)
      json.member("acknowledged_by", line.acknowledgedBy)
      json.name("values")
      json.list(line.parts.prefix(most)) { Self.write($1, to: &$0) }
      json.name("nodes")
      json.list(line.place == .site ? line.members.prefix(most) : []) { $0.string($1) }
      json.member("unknown_because_of_it", line.followers.reduce(0) { $0 + $1.count })
    }
  }

  private static func write(_ part: NotificationPart, to json: inout JSON) {
    json.object { json in
      json.member("graph", part.graph)
      json.member("field", part.field)
      json.member("label", part.label)
      json.member("is_news", part.isNews)
      json.member("level", part.level.rawValue)
      json.member("value", part.value)
      json.member("unit", part.unit)
      json.member("since", part.since)
      json.member("words", part.extinfo)
      for (name, range) in [("warning", part.warning), ("critical", part.critical)]
        as [(StaticString, NotificationPart.Range?)]
      {
        json.name(name)
        json.object { json in
          json.member("low", range?.low)
          json.member("high", range?.high)
        }
      }
    }
  }
}

extension NotificationLine.Place {
  /// For programs.
  fileprivate var word: String {
    switch self {
    case .service: "service"
    case .node: "node"
    case .site: "site"
    case .collector: "collector"
    }
  }
}
