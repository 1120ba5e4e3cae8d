internal import Incidents
internal import Limits
internal import Text

/// The words about a service whose values are wrong or missing.
extension IncidentWords {
  /// So many values have a line of their own.
  private static let partLimit = 40
  /// So many characters of a failing plugin's words stand in a subject.
  private static let faultLimit = 64

  /// The values that the message is sent for.
  private var news: [NotificationPart] {
    let news = line.parts.filter(\.isNews)
    return news.isEmpty ? Array(line.parts.prefix(1)) : news
  }

  private func wording(_ part: NotificationPart) -> PartWords { PartWords(part, clock) }

  /// Whether it ended because the node no longer describes the values.
  private var isRemoved: Bool { isOver && line.words == NotificationLine.removedWords }

  /// The plugin that fails, or failed, where no value was worse.
  private var leadingFault: NotificationLine.Fault? {
    isOver && line.parts.contains { $0.worst > .unknown } ? nil : line.fault
  }

  // MARK: - The subject

  var serviceFact: String {
    if isRemoved { return NotificationLine.removedWords }
    if let fault = leadingFault {
      return isOver ? faultEnd(fault) : also + faultWords(fault, isLong: false)
    }
    guard let first = news.first else { return line.words.map { plain($0, 200) } ?? "no value" }
    if line.changedAt != nil || line.changedBy != nil, isOver {
      return wording(first).limit.map { "limit is \($0) now" } ?? "has no limit now"
    }
    switch line.step {
    case .flapping: return flappingFact
    case .steady: return "steady, \(wording(first).short)"
    default: break
    }
    if line.level == .unknown, line.parts.count > 1 { return unknownFact }
    let more = news.count > 1 ? ", \(news.count - 1) more" : ""
    return also + wording(first).short + more
  }

  private var also: String { line.step == .joined ? "also " : "" }

  private var flappingFact: String {
    let span = line.beginnings.first.map { " in \(spanText(max(0, clock.now - $0)))" } ?? ""
    return "\(line.beginnings.count) times bad\(span), now \(AlertState(line.level).word)"
  }

  private var unknownFact: String {
    let services = Set(line.parts.map(service)).count
    let fields = "no value for \(Amount.count(line.parts.count, "field"))"
    return services > 1 ? "\(fields) of \(services) services" : fields
  }

  private func service(of part: NotificationPart) -> String {
    part.service ?? line.service ?? String(part.graph.prefix { $0 != "." })
  }

  private func faultWords(_ fault: NotificationLine.Fault, isLong: Bool) -> String {
    switch fault {
    case .fails(let words):
      isLong ? "the plugin fails: \(plain(words, 300))" : "plugin fails: \(firstWords(words))"
    case .notListed:
      isLong
        ? "the node lists \(plain(line.service ?? "", 60)) no longer"
        : "the node no longer lists it"
    case .withoutSubject(let name): "\(plain(name, 60)) is gone from the plugin"
    }
  }

  /// What a subject says of a failing plugin: neither the address of the node, nor the limit, nor what is done about it.
  private func firstWords(_ words: String) -> String {
    var text = words[...]
    if let first = text.split(separator: " ", maxSplits: 1).first, first.last == ":",
      first.dropLast().last?.isNumber == true, first.dropLast().contains(":")
    {
      text = text.dropFirst(first.count + 1)
    }
    for end in [": left out of", " (limit ", " while waiting for ", "; "] {
      if let range = text.firstRange(of: end) { text = text[..<range.lowerBound] }
    }
    let shown = plain(String(text), 200)
    guard shown.count > Self.faultLimit else { return shown }
    let beginning = shown.prefix(Self.faultLimit)
    return (beginning.lastIndex(of: " ").map { beginning[..<$0] } ?? beginning) + "…"
  }

  private func faultEnd(_ fault: NotificationLine.Fault) -> String {
    switch fault {
    case .fails: "the plugin works again"
    case .notListed: "the node lists it again"
    case .withoutSubject(let name): "\(plain(name, 60)) is back"
    }
  }

  /// Beside values that were worse.
  private func meanwhile(_ fault: NotificationLine.Fault) -> String {
    switch fault {
    case .fails(let words): "the plugin failed meanwhile: \(plain(words, 300))"
    case .notListed: "the node did not list \(plain(line.service ?? "", 60)) meanwhile"
    case .withoutSubject(let name): "\(plain(name, 60)) was gone from the plugin meanwhile"
    }
  }

  // MARK: - The section

  var serviceSection: AlertSection {
    var section = AlertSection(heading: serviceHeading, facts: [])
    let news = news
    if isRemoved {
      section.facts = [
        .init(state: AlertState(line.level), text: NotificationLine.removedWords, lines: [])
      ]
    } else if let fault = leadingFault {
      section.facts = [
        .init(
          state: isOver ? AlertState(line.level) : .unknown,
          text: isOver ? faultEnd(fault) : faultWords(fault, isLong: true), lines: faultLines)
      ]
      section.notes += stillWrong(line.parts)
      if line.memberCount > 0, !isOver {
        section.notes.append("not judged meanwhile: \(Amount.count(line.memberCount, "value"))")
      }
    } else if line.level == .unknown, line.parts.count > 1 {
      // What is true of each of them.
      let common = Set(line.parts.map(\.details))
      let details = common.count == 1 ? common.first?.prefix(10).map { plain($0, 300) } ?? [] : []
      section.facts = [
        .init(state: .unknown, text: unknownList, lines: sinceLines(of: news.first) + details)
      ]
    } else {
      for (index, part) in news.prefix(Self.partLimit).enumerated() {
        section.facts.append(fact(part, isFirst: index == 0))
      }
      if news.count > Self.partLimit {
        section.notes.append("and \(news.count - Self.partLimit) more values")
      }
      let names = Set(news.map(\.series))
      section.notes += stillWrong(line.parts.filter { !names.contains($0.series) })
      if let fault = line.fault { section.notes.append(meanwhile(fault)) }
    }
    section.notes += followerNotes
    if !isOver {
      section.about = (news.first?.info ?? line.info).map { plain($0, 300) }
    }
    section.shown = news.first
    return section
  }

  private var serviceHeading: String {
    if case .node = line.place { return "\(host): \(unknownFact)" }
    let graph = plain(news.first?.graph ?? line.graph ?? line.service ?? "", 80)
    let title = plain(line.title.isEmpty ? news.first?.title ?? "" : line.title, 120)
    return "\(host), \(graph)\(title.isEmpty ? "" : ": \(title)")"
  }

  private func fact(_ part: NotificationPart, isFirst: Bool) -> AlertSection.Fact {
    let words = wording(part)
    var text = words.long
    if isOver, let place = line.changedBy {
      let time = line.changedAt.map { ", changed \(clock.moment($0))" } ?? ""
      text += " (\(plain(place, 200))\(time))"
    }
    var lines: [String] = []
    switch line.step {
    case .flapping where isFirst: lines = flappingLines
    case .steady where isFirst: lines = steadyLines
    case .released where isFirst: lines = [plannedLine(of: part)]
    default: lines = sinceLines(of: part)
    }
    if let speed = words.speed { lines.append(speed) }
    if !isOver, isFirst, let movement = words.movement(surroundings.movements[part.series]) {
      lines.append(movement)
    }
    lines += part.details.prefix(10).map { plain($0, 300) }
    return .init(state: AlertState(part.level), text: text, lines: lines)
  }

  /// `bad in 2 of the last 3 runs, since 14:00:10, before that OK for 5 h 10 min`.
  private func sinceLines(of part: NotificationPart?) -> [String] {
    guard let part else { return [] }
    var words: [String] = []
    if let bad = part.badRuns, let runs = part.heldRuns, runs > 1, !isOver {
      words.append("bad in \(bad) of the last \(runs) runs")
    }
    guard let since = part.since else {
      if !isOver, part.was == nil { words.append("bad since it is watched") }
      return words.isEmpty ? [] : [words.joined(separator: ", ")]
    }
    words.append(self.since(since))
    if let was = part.was, let lasted = part.lasted, lasted > 0, line.step != .joined {
      words.append("before that \(AlertState(was).word) for \(spanText(lasted))")
    }
    // The level before that is named already, unless there was a worse one.
    let level = part.worst > part.was ?? part.worst ? AlertState(part.worst).word : nil
    if isOver, let worst = wording(part).worst(of: level) {
      words.append(worst + (part.worstAt.map { " at \(clock.moment($0))" } ?? ""))
    }
    return [words.joined(separator: ", ")]
  }

  private var flappingLines: [String] {
    let shown = line.beginnings.suffix(20).map(clock.minute).joined(separator: ", ")
    let steady = line.steadyAfter.map { "has been steady for \(spanText($0))" } ?? "is steady"
    let worse =
      line.level == .critical
      ? "further changes are told when it \(steady)"
      : "further changes are told when it is worse than \(AlertState(line.worst).word), "
        + "and when it \(steady)"
    return ["bad at \(shown)", worse]
  }

  private var steadyLines: [String] {
    let since = (line.parts.first?.since ?? line.closed).map { "steady since \(clock.moment($0))" }
    let count = line.beginningCount > 0 ? "bad \(line.beginningCount) times in all" : nil
    return [[since, count].compactMap(\.self).joined(separator: "; ")]
  }

  private func plannedLine(of part: NotificationPart) -> String {
    let work = line.plannedBy.map { " \(plain($0, 200))" } ?? ""
    let end = line.plannedUntil.map { ", which ended \(clock.moment($0))" } ?? ""
    let since = part.since.map { "\(self.since($0)), " } ?? ""
    if line.isAfterSilence { return "\(since)during the\(work)\(end)" }
    return "\(since)inside the planned work\(work)\(end)"
  }

  private var faultLines: [String] {
    var words: [String] = []
    if isOver {
      if let closed = line.closed { words.append(since(closed)) }
      if let lasted { words.append("before that UNKNOWN for \(lasted)") }
      let lines = words.isEmpty ? [] : [words.joined(separator: ", ")]
      guard case .fails(let reason) = line.fault, !reason.isEmpty else { return lines }
      return lines + ["was: \(plain(reason, 300))"]
    }
    let polls = line.polls.map { "in \(Amount.count($0, "poll")) in a row " } ?? ""
    if let time = line.faultSince ?? line.opened { words.append(polls + since(time)) }
    if let time = line.lastValues { words.append("last values \(clock.moment(time))") }
    return words.isEmpty ? [] : [words.joined(separator: ", ")]
  }

  /// What was wrong before the message and still is.
  private func stillWrong(_ parts: [NotificationPart]) -> [String] {
    guard line.step == .joined || line.step == .worsened || line.step == .eased else { return [] }
    let others = parts.filter { $0.level > .ok }
    let lines = others.prefix(10).map { part in
      "still \(AlertState(part.level).word): \(wording(part).long)"
        + (part.since.map { ", since \(clock.moment($0))" } ?? "")
    }
    return lines + (others.count > 10 ? ["and \(others.count - 10) more"] : [])
  }

  /// `diskstats: 4 fields, df: /data`.
  private var unknownList: String {
    var order: [String] = []
    var parts: [String: [NotificationPart]] = [:]
    for part in line.parts {
      let service = service(of: part)
      if parts[service] == nil { order.append(service) }
      parts[service, default: []].append(part)
    }
    let names = order.prefix(20).map { service in
      let fields = parts[service] ?? []
      let what = fields.count == 1 ? wording(fields[0]).label : "\(fields.count) fields"
      return "\(plain(service, 60)): \(what)"
    }
    return names.joined(separator: ", ")
      + (order.count > 20 ? " and \(order.count - 20) more services" : "")
  }

  private var followerNotes: [String] {
    guard !line.followers.isEmpty, !isOver else { return [] }
    let values = line.followers.reduce(0) { $0 + $1.count }
    let titles = line.followers.prefix(6).map { plain($0.title.isEmpty ? $0.graph : $0.title, 60) }
    let more = line.followers.count > 6 ? " and \(line.followers.count - 6) more" : ""
    return [
      "unknown because of it: \(Amount.count(values, "value")) of "
        + "\(Amount.count(line.followers.count, "graph")) "
        + "(\(titles.joined(separator: ", "))\(more))"
    ]
  }
}
