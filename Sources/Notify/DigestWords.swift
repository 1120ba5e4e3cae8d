public import Incidents
internal import Limits
internal import Text

/// The words of a digest: a line for each thing in it.
public struct DigestWords: Sendable {
  private let notification: Notification
  private let surroundings: AlertSurroundings
  private let clock: AlertClock

  public init(_ notification: Notification, _ surroundings: AlertSurroundings) {
    self.notification = notification
    self.surroundings = surroundings
    clock = AlertClock(now: notification.at, utcOffset: surroundings.utcOffset)
  }

  /// `30 Nov`, of an hourly digest `30 Nov 14:00`.
  var day: String {
    let time = CalendarTime(
      epoch: notification.at, utcOffset: surroundings.utcOffset(notification.at))
    let hour = notification.digest?.isHourly == true ? " \(time.clock.prefix(5))" : ""
    return time.dayOfMonth + hour
  }

  /// `From 08:00 (2026-11-29) to 08:00`.
  var span: String {
    let since = notification.digest?.since ?? notification.at
    return "From \(clock.minute(since)) to \(clock.minute(notification.at))"
  }

  func heading(_ heading: DigestItem.Heading) -> String {
    switch heading {
    case .open: "Open now"
    case .outages: "Outages"
    case .over: "Troubles that are over"
    case .mishaps: "Plugins and nodes that fail now and then"
    case .nearLimits: "Near a limit"
    case .unusual: "Unusual for the hour and the weekday"
    case .restarts: "Restarted"
    case .inventory: "New and gone"
    case .planned: "Planned work"
    }
  }

  /// The line of one thing, as it stands in the digest and as patterns of `ignore` see it.
  public func line(_ item: DigestItem) -> String {
    let place = place(item)
    return plain("\(place): \(fact(item))", 300)
  }

  /// `g;web1`, `g;web1: df`.
  private func place(_ item: DigestItem) -> String {
    var path = (item.groups + [item.host]).filter { !$0.isEmpty }.joined(separator: ";")
    switch item.fact {
    case .open(let line, _), .over(let line, _):
      let words = words(line)
      if line.place == .collector || path.isEmpty { return words.name }
    case .silence(let target, _, _, _): return plain(target, 120)
    // The names of new and gone services stand behind.
    case .isNew, .isGone: return plain(path, 120)
    case .mishap, .nearLimit, .unusual, .restarted: break
    }
    path = plain(path, 120)
    return item.service.map { "\(path): \(plain($0, 60))" } ?? path
  }

  private func words(_ line: NotificationLine) -> IncidentWords {
    IncidentWords(line, of: notification, surroundings)
  }

  private func fact(_ item: DigestItem) -> String {
    switch item.fact {
    case .open(let line, let plannedUntil): return open(line, plannedUntil)
    case .over(let line, let count): return over(line, count)
    case .mishap(let kind, let count, let all, let text):
      let share = "\(count) of \(Amount.count(all, "poll"))"
      let text = plain(text, 150)
      switch kind {
      case .missed: return "no answer in \(share): \(text)"
      case .failed: return "\(text), \(share)"
      case .notListed: return "not listed in \(share)"
      case .restarted: return "restarted"
      }
    case .nearLimit(let part): return PartWords(part, clock).short
    case .unusual(let part, let low, let high, let from, let to):
      return unusual(part, low, high, from, to)
    case .restarted(let count, let last):
      // The first poll after it may be a while after it.
      let times = count > 1 ? " \(count) times, the last" : ""
      return "restarted\(times) before \(clock.minute(last))"
    case .isNew(let services):
      if let service = item.service { return "new service \(plain(service, 60))" }
      return "new node" + (services > 0 ? ", \(Amount.count(services, "service"))" : "")
    case .isGone: return item.service.map { "service \(plain($0, 60)) is gone" } ?? "gone"
    case .silence(_, let until, let who, let why):
      let reason = why.isEmpty ? "" : ": \(plain(why, 120))"
      let person = who.isEmpty ? "" : " (\(plain(who, 60)))"
      return "silent until \(clock.minute(until))\(reason)\(person)"
    }
  }

  /// `CRITICAL: / 99 %, limit 98 %, since 22:10 (acknowledged by ada)`.
  private func open(_ line: NotificationLine, _ plannedUntil: Int?) -> String {
    let words = words(line)
    var text = "\(AlertState(line.level).word): "
    if case .node = line.place, line.words != nil, !words.isOfValues {
      text += "no answer" + (line.opened.map { " since \(clock.minute($0))" } ?? "")
      text += line.words.map { ": \(plain($0, 120))" } ?? ""
    } else {
      text += words.fact + (line.opened.map { ", since \(clock.minute($0))" } ?? "")
    }
    if let who = line.acknowledgedBy {
      text += who.isEmpty ? " (acknowledged)" : " (acknowledged by \(plain(who, 60)))"
    }
    if let plannedUntil {
      text +=
        plannedUntil == .max
        ? " (planned work)" : " (planned work until \(clock.minute(plannedUntil)))"
    }
    return text
  }

  /// `no answer 03:10 to 03:24 (14 min)`, `CRITICAL 03:10 to 03:24 (14 min), free 0.8 MiB at worst`.
  private func over(_ line: NotificationLine, _ count: Int) -> String {
    let end = line.closed ?? line.at ?? notification.at
    var time = "until \(clock.minute(end))"
    if let opened = line.opened {
      time = "\(span(from: opened, to: end)) (\(spanText(max(0, end - opened))))"
    }
    if count > 1 { time = "\(count) times, the last \(time)" }
    switch line.place {
    case .node where !words(line).isOfValues: return "no answer \(time)"
    case .site: return "\(Amount.count(line.memberCount, "node")) without an answer \(time)"
    case .collector: return "\(line.words.map { plain($0, 150) } ?? "own trouble"), \(time)"
    case .service, .node: break
    }
    if let fault = line.fault {
      switch fault {
      case .fails(let text): return "plugin failed \(time): \(plain(text, 150))"
      case .notListed: return "not listed \(time)"
      case .withoutSubject(let name): return "\(plain(name, 60)) was gone \(time)"
      }
    }
    var text = "\(AlertState(line.worst).word) \(time)"
    if let part = line.parts.first.map({ PartWords($0, clock) }) {
      text += ", \(part.label)" + (part.worstAmount.map { " \($0) at worst" } ?? "")
    }
    return text
  }

  /// `14:20 to 15:10 (2026-11-29)`: the day once where it is the same.
  private func span(from begin: Int, to end: Int) -> String {
    let (first, last) = (clock.minute(begin), clock.minute(end))
    let isSameDay = first.dropFirst(5) == last.dropFirst(5)
    return "\(isSameDay ? String(first.prefix(5)) : first) to \(last)"
  }

  /// `load 12, usually 1 to 3 (Mon 08:00 to 10:00)`.
  private func unusual(
    _ part: NotificationPart, _ low: Double, _ high: Double, _ from: Int, _ to: Int
  ) -> String {
    let unit = AmountUnit(label: part.unit, isScaled: part.isScaled)
    let texts = Amount.texts([part.value, low, high], unit: unit, base: part.base)
    let usual = low == high ? texts[1] : "\(texts[1]) to \(texts[2])"
    let begin = CalendarTime(epoch: from, utcOffset: surroundings.utcOffset(from))
    let end = CalendarTime(epoch: to, utcOffset: surroundings.utcOffset(to))
    let label = plain(part.label.isEmpty ? part.field : part.label, 60)
    return
      "\(label) \(texts[0]), usually \(usual) (\(begin.weekdayName) \(begin.clock.prefix(5)) to \(end.clock.prefix(5)))"
  }
}
