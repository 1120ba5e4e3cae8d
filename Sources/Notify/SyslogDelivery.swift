internal import EventLoop
internal import Glibc
internal import Incidents
internal import Limits
internal import Text

/// Delivery to the system's log: one line for each incident.
public struct SyslogDelivery: Sendable {
  /// The path at which syslog listens.
  let socket: String

  public init(socket: String = "/dev/log") { self.socket = socket }

  /// Writes all lines. When syslog stops taking them in between, all of them are written again later.
  /// - Parameter facility: syslog's number, for example 3 for `daemon`.
  func deliver(
    _ notification: Notification, _ surroundings: AlertSurroundings, facility: Int
  ) throws(DeliveryFailure) {
    for (severity, text) in Self.lines(of: notification, surroundings) {
      let head =
        "<\(facility << 3 | severity)>\(CalendarTime.now.syslog) apus-collector[\(getpid())]: "
      do throws(IOError) {
        try LocalDatagram.send(Array((head + text).utf8), to: socket)
      } catch {
        throw DeliveryFailure(.server, "syslog: \(error)")
      }
    }
  }

  /// Each with syslog's severity: `CRITICAL g;web1:memory free 0.8 MiB, limit 1 MiB (incident 412)`.
  static func lines(
    of notification: Notification, _ surroundings: AlertSurroundings
  ) -> [(severity: Int, text: String)] {
    // RFC 3164 gives a message 1024 bytes, its head included.
    if let digest = notification.digest {
      let words = DigestWords(notification, surroundings)
      return digest.items.map { item in
        (5, plain("DIGEST \(words.heading(item.heading)): \(words.line(item))", 300))
      }
    }
    if let alive = notification.alive {
      return [(6, plain("ALIVE \(AliveWords(alive, surroundings).sentence)", 300))]
    }
    let prefix = notification.kind == .test ? "TEST " : ""
    return notification.lines.map { line in
      let words = IncidentWords(line, of: notification, surroundings)
      let text = "\(words.state) \(place(words)) \(words.fact) (incident \(line.incident))"
      let severity =
        switch words.isOver ? .ok : line.level {
        case .ok: 5
        case .unknown, .warning: 4
        case .critical: 2
        }
      return (severity, prefix + plain(text, 300))
    }
  }

  private static func place(_ words: IncidentWords) -> String {
    let line = words.line
    let group = line.groups.joined(separator: ";")
    return switch line.place {
    case .service(_, let name): "\(group);\(words.node):\(line.service ?? name)"
    case .node: "\(group);\(words.node)"
    case .site: line.groups.isEmpty ? words.siteName : group
    case .collector: "apus"
    }
  }
}
