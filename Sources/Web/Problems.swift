internal import Collector
internal import Limits
internal import MuninWire
internal import Text

/// Unreachable nodes and fields outside their ranges, the worst first.
struct Problems {
  /// One thing that is not well: a node without an answer, a field out of its range, the fields of a
  /// graph without a value.
  struct Row {
    let level: Level
    let node: NodeView
    let view: GraphView?
    let fields: [FieldView]
    let since: Int?
  }

  /// The worst of them, as many as a page shows.
  let rows: [Row]
  private let counts: [Level: Int]
  private let total: Int

  /// Where a row comes from: sorting thousands of whole rows would take long.
  private struct Key {
    let level: Level
    let since: Int
    let node: Int
    let view: Int?
    /// `nil` for the fields of the view without a value.
    let field: Int?
  }

  init(_ nodes: [NodeView]) {
    var keys: [Key] = []
    for index in nodes.indices { Self.add(nodes[index], index, to: &keys) }
    keys.sort { one, two in
      // Among equal levels the newest first: the mail about it has just arrived.
      one.level != two.level ? one.level > two.level : one.since > two.since
    }
    rows = keys.prefix(Self.mostRows).map { Self.row($0, of: nodes[$0.node]) }
    counts = keys.reduce(into: [:]) { $0[$1.level, default: 0] += 1 }
    total = keys.count
  }

  private static func add(_ node: NodeView, _ index: Int, to keys: inout [Key]) {
    if node.trouble != nil, node.isPolled {
      keys.append(
        Key(
          level: node.troubleLevel, since: node.troubleSince ?? 0, node: index, view: nil,
          field: nil))
    }
    for (place, view) in node.graphs.enumerated() where view.level != .ok {
      for (position, field) in view.fields.enumerated() where field.level > .unknown {
        keys.append(
          Key(
            level: field.level, since: field.since ?? 0, node: index, view: place,
            field: position))
      }
      // One row for a plugin that is silent, none for each of a node that is.
      let silent = view.fields.filter { $0.level == .unknown }
      if !silent.isEmpty, node.trouble == nil {
        keys.append(
          Key(
            level: .unknown, since: silent.compactMap(\.since).min() ?? 0, node: index,
            view: place, field: nil))
      }
    }
  }

  private static func row(_ key: Key, of node: NodeView) -> Row {
    guard let place = key.view else {
      return Row(level: key.level, node: node, view: nil, fields: [], since: node.troubleSince)
    }
    let view = node.graphs[place]
    let fields =
      key.field.map { [view.fields[$0]] } ?? view.fields.filter { $0.level == .unknown }
    return Row(
      level: key.level, node: node, view: view, fields: fields,
      since: fields.compactMap(\.since).min())
  }

  func count(_ level: Level) -> Int { counts[level] ?? 0 }

  var worst: Level { rows.first?.level ?? .ok }

  /// The most rows a page shows.
  private static let mostRows = 200

  /// - Parameters:
  ///   - own: what is wrong with the collector itself: it stands first.
  ///   - named: whether each row names its node.
  func write(
    to html: inout HTML, own: CollectorTroubles? = nil, now: Int, named: Bool = true
  ) {
    html.element("section", .classes("problems"), .init("aria-labelledby", "problems")) { html in
      html.element("h2", .id("problems"), text: "Needs attention")
      html.element("ul") { html in
        own?.write(to: &html, now: now)
        for row in rows {
          html.element("li", .classes(row.level.rawValue)) {
            Self.write(row, to: &$0, now: now, named: named)
          }
        }
      }
      if total > rows.count {
        html.element("p", text: "and \(total - rows.count) more")
      }
    }
  }

  private static func write(_ row: Row, to html: inout HTML, now: Int, named: Bool) {
    html.badge(row.level)
    html.element("div", .classes("what")) { html in
      html.element("strong") { html in
        if named || row.view == nil {
          html.element("a", .href(.node(row.node)), text: row.node.name)
        }
        if let view = row.view {
          if named { html.text(" › ") }
          html.element("a", .href(.graph(view, of: row.node)), text: view.graph.shownTitle)
        }
      }
      html.element("span", text: words(row))
    }
    if let since = row.since {
      html.element("span", .classes("since")) { html in
        html.text("for ")
        html.ago(since, now: now)
      }
    }
  }

  private static func words(_ row: Row) -> String {
    guard let view = row.view else {
      return "unreachable: \(row.node.trouble ?? "no reason known")"
    }
    let reasons = Set(row.fields.map(\.fault))
    let fault = view.fault ?? (reasons.count == 1 ? reasons.first ?? nil : nil)
    guard row.level != .unknown, let field = row.fields.first else {
      let names = row.fields.prefix(4).map { $0.label.shortened(to: Wording.longest) }.joined(
        separator: ", ")
      return "no value for \(names)"
        + (row.fields.count > 4 ? " and \(row.fields.count - 4) more" : "")
        + (fault.map { ": \($0.shortened(to: 2 * Wording.longest))" } ?? "")
    }
    let base = view.graph.base
    let range = row.level == .critical ? field.critical : field.warning
    var words =
      "\(field.label.shortened(to: Wording.longest)) is \(Amount.text(field.value, base: base))"
    if let range { words += ", expected \(Wording.range(range, base: base))" }
    if let extinfo = field.extinfo { words += " (\(extinfo))" }
    return words + (fault.map { "; \($0.shortened(to: 2 * Wording.longest))" } ?? "")
  }
}
