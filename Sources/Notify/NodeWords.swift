internal import Incidents
internal import Limits
internal import Text

/// The words about nodes that cannot be polled, and about the collector itself.
extension IncidentWords {
  // MARK: - A node

  var nodeFact: String {
    if isOver { return "answers again" }
    if let time = line.lastValues { return "no answer for \(spanText(max(0, clock.now - time)))" }
    // For how long it did not answer before that, nobody knows.
    return "no answer since polling began" + (line.opened.map { " (\(clock.moment($0)))" } ?? "")
  }

  /// Why nodes could not be polled, once they can.
  private var formerReason: [String] { line.words.map { ["was: \(plain($0, 300))"] } ?? [] }

  var nodeSection: AlertSection {
    if isOver {
      var since: [String] = []
      if let closed = line.closed { since.append(self.since(closed)) }
      if let lasted { since.append("without answer for \(lasted)") }
      return AlertSection(
        heading: "\(host) answers again",
        facts: [.init(state: .ok, text: since.joined(separator: ", "), lines: formerReason)],
        notes: returnedServices)
    }
    var since: [String] = []
    if let opened = line.opened { since.append(self.since(opened)) }
    since.append(
      line.lastValues.map { "last values \(clock.moment($0))" } ?? "it has never answered")
    var section = AlertSection(
      heading: "\(host) does not answer",
      facts: [
        .init(
          state: AlertState(line.level), text: plain(line.words ?? "no answer", 300),
          lines: since.isEmpty ? [] : [since.joined(separator: ", ")])
      ])
    if line.memberCount > 0 {
      section.notes.append(
        "\(Amount.count(line.memberCount, "service")) \(line.memberCount == 1 ? "is" : "are") "
          + "held back; this is the only message about them")
    }
    return section
  }

  private var returnedServices: [String] {
    if line.others.isEmpty {
      return line.memberCount > 0 ? ["all \(Amount.count(line.memberCount, "service")) are OK"] : []
    }
    let lines = line.others.prefix(20).map { other in
      let words = other.part.map { ": \(PartWords($0, clock).short)" } ?? ""
      return "still wrong: \(AlertState(other.level).word) \(plain(other.name, 60))\(words) "
        + "(incident \(other.incident))"
    }
    return lines + (line.others.count > 20 ? ["and \(line.others.count - 20) more"] : [])
  }

  // MARK: - Nodes that were lost together

  private var isPartlyBack: Bool { line.returned < line.memberCount && !line.others.isEmpty }

  var siteFact: String {
    let all = line.memberCount
    if isOver {
      return isPartlyBack
        ? "\(line.returned) of \(all) nodes answer"
        : "all \(Amount.count(all, "node")) answer again"
    }
    let of = line.groupCount.map { "\(all) of \(Amount.count($0, "node"))" }
    return "\(of ?? Amount.count(all, "node")) do not answer"
  }

  var siteSection: AlertSection {
    let all = line.memberCount
    if isOver {
      let count = isPartlyBack ? "\(line.returned) of \(all) nodes" : "all \(all) nodes"
      var section = AlertSection(
        heading: "\(siteName): \(count) answer again",
        facts: [
          .init(state: .ok, text: line.closed.map(since) ?? "answers again", lines: formerReason)
        ])
      if isPartlyBack {
        let names = listed(line.others.map(\.name), of: line.others.count)
        let numbers = line.others.prefix(20).map { "\($0.incident)" }.joined(separator: ", ")
        section.notes.append("still without answer: \(names) (incidents \(numbers))")
      }
      return section
    }
    var reasons = line.reasons
    if reasons.isEmpty {
      let first = line.members.first ?? ""
      reasons = [.init(words: line.words ?? "no answer", count: all, first: first)]
    }
    let told = reasons.reduce(0) { $0 + $1.count }
    var others = reasons.dropFirst().map(reasonText)
    let waiting = all - line.returned - told
    if waiting > 0 { others.append("other reasons: \(Amount.count(waiting, "node"))") }
    var section = AlertSection(
      heading: "\(all) nodes of \(siteName) do not answer",
      facts: [
        .init(
          state: AlertState(line.level), text: reasonText(reasons[0]),
          lines: others + (line.opened.map { [since($0)] } ?? []))
      ])
    if !line.members.isEmpty { section.notes.append(listed(line.members, of: all)) }
    section.notes.append("This is the only message about them")
    if let path = line.memberPath {
      section.notes.append(
        "A silence of \(silencedName) mutes all of them; of one node: apus-collector alerts silence "
          + "\(shellQuoted(path)) 2h --why TEXT")
    }
    return section
  }

  /// `connect 192.0.2.21:4949: No route to host (12 nodes, the first db1)`
  private func reasonText(_ reason: NotificationLine.Reason) -> String {
    let first = plain(reason.first, 60)
    let name = first.isEmpty ? "" : reason.count == 1 ? ", \(first)" : ", the first \(first)"
    return "\(plain(reason.words, 300)) (\(Amount.count(reason.count, "node"))\(name))"
  }

  private func listed(_ names: [String], of count: Int) -> String {
    let shown = names.prefix(20).map { plain($0, 60) }
    let more = count - shown.count
    return shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }

  // MARK: - The collector

  var collectorSection: AlertSection {
    var lines = line.details.prefix(10).map { plain($0, 300) }
    if let opened = line.opened, !isOver {
      lines = ["\(since(opened))\(lines.first.map { "; \($0)" } ?? "")"] + lines.dropFirst()
    }
    return AlertSection(
      heading: plain("\(name): \(line.title)", 200),
      facts: [
        .init(
          state: isOver ? .ok : AlertState(line.level), text: plain(line.words ?? line.title, 300),
          lines: Array(lines))
      ])
  }
}
