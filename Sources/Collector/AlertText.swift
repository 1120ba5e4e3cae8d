internal import Limits
internal import MuninWire
internal import Notify
internal import Text

/// The words of an alert about one graph: what, where, since when, how bad, and what the limit is.
struct AlertText {
  /// One field, as a message tells of it.
  struct Line {
    var name: String
    var label: String
    var level: Level
    var value: Double?
    var thresholds: Thresholds
    var since: Int?
    var extinfo: String?
    /// What the field is made of, and what is missing of that, line by line.
    var details: [String] = []
    /// The change of level that this message is about, if the field has one.
    var change: Change?
  }

  var groups: [String]
  var host: String
  var graph: Graph
  var lines: [Line]
  /// The page about this graph, if there is a web server.
  var page: String?

  var worst: Level { lines.map(\.level).max() ?? .ok }

  private var base: Int { (graph.args ?? "").contains("--base 1024") ? 1024 : 1000 }

  var subject: String { MailSubject.graph(self) }

  /// The text of a mail.
  var body: String {
    var text = ["\(graph.title) on \(host) (group \(groups.joined(separator: ";")))", ""]
    let order: [Level] = [.critical, .warning, .unknown, .ok]
    let isRepeat = worst == .ok && lines.allSatisfy { $0.change == nil }
    for level in order {
      // Fields that are ok and unchanged are left out, unless a contact has asked for a message each time (always_send).
      for line in lines
      where line.level == level && (isRepeat || level != .ok || line.change != nil) {
        text += describe(line)
      }
    }
    if let info = graph.info { text += ["", info] }
    if let page { text += ["", page] }
    return text.joined(separator: "\n") + "\n"
  }

  private func describe(_ line: Line) -> [String] {
    var first = "\(line.level.word): \(line.label) is \(amount(line.value))"
    switch line.level {
    case .critical: first += range(line.thresholds.critical, "critical")
    case .warning: first += range(line.thresholds.warning, "warning")
    case .ok: first += line.change == nil ? ", within its limits" : ", within its limits again"
    case .unknown: first += ": no value received"
    }
    var text = [first]
    if let since = line.since { text.append("    since \(CalendarTime.local(since).text)") }
    if let change = line.change, change.lasted > 0 {
      text.append("    it was \(change.from.word) for \(TimeSpan.text(change.lasted))")
    }
    text += (line.details + [line.extinfo].compactMap(\.self)).map { "    \($0)" }
    return text
  }

  private func range(_ bounds: Bounds?, _ name: String) -> String {
    guard let bounds else { return "" }
    switch (bounds.min, bounds.max) {
    case (let low?, nil): return ", below the \(name) limit of \(amount(low))"
    case (nil, let high?): return ", above the \(name) limit of \(amount(high))"
    case (let low?, let high?): return ", outside \(amount(low)) to \(amount(high)) (\(name))"
    case (nil, nil): return ""
    }
  }

  func amount(_ value: Double?) -> String {
    Amount.text(value, base: graph.scale ? base : 1000)
  }

  /// The same facts as variables of munin's templates.
  var templateValues: TemplateValues {
    var values = TemplateValues([
      "group": groups.joined(separator: "-"), "host": host, "graph_title": graph.title,
      "plugin": graph.name, "graph_category": graph.category, "worst": worst.word,
      "worstid": "\(worst.muninNumber)",
    ])
    for attribute in graph.attributes where values.values[attribute.name] == nil {
      values.values[attribute.name] = attribute.value
    }
    func member(_ line: Line) -> (name: String, values: TemplateValues) {
      var own = [
        "label": line.label, "value": line.value.map { formatted($0, digits: 2) } ?? "unknown",
        "crange": muninRange(line.thresholds.critical),
        "wrange": muninRange(line.thresholds.warning),
      ]
      own["extinfo"] = line.extinfo
      return (line.name, TemplateValues(own))
    }
    let recovered = lines.filter { $0.level == .ok && $0.change != nil }
    let lists: [(String, [Line])] = [
      ("fields", lines), ("cfields", lines.filter { $0.level == .critical }),
      ("wfields", lines.filter { $0.level == .warning }),
      ("ufields", lines.filter { $0.level == .unknown }),
      ("ofields", lines.filter { $0.level == .ok }),
      ("fofields", recovered.isEmpty ? lines.filter { $0.level == .ok } : recovered),
    ]
    for (name, members) in lists {
      values.lists[name] = members.map(member)
      values.values["num\(name)"] = "\(members.count)"
    }
    return values
  }
}

/// A range as munin's templates show it: always both sides, also of a threshold of one number, and of none.
private func muninRange(_ bounds: Bounds?) -> String {
  guard let text = bounds?.description else { return ":" }
  return text.contains(":") ? text : ":" + text
}

extension Level {
  /// The level in capitals, as munin's messages have it.
  var word: String { rawValue.uppercased() }

  /// munin's (and Nagios') number of the level.
  var muninNumber: Int {
    switch self {
    case .ok: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }
}
