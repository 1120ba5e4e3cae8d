internal import Incidents
internal import Limits
internal import MuninWire
internal import Notify
internal import Settings

/// A graph as munin-limits sees it in a run: its judged values, and the variables of munin's templates.
///
/// A variable is looked up at the field, the graph, the graphs around it, then as munin.conf inherits it.
struct MuninService: TemplateContext, Sendable {
  /// A judged field.
  struct Member: Sendable {
    let field: Field
    let level: Level
    /// Its level in the run before; `nil` where it was not judged then.
    let was: Level?
    /// `nil` when it is unknown.
    let value: Double?
    /// As munin writes them, `:5`; a missing limit is `:`.
    let warning: String
    let critical: String
    /// What stands in the place of the value, of what has none.
    let word: String?

    init(
      _ field: Field, level: Level, was: Level?, value: Double?, rules: SeriesRules
    ) {
      self.field = field
      self.level = level
      self.was = was
      self.value = value
      warning = rules.warning?.range.description ?? ":"
      critical = rules.critical?.range.description ?? ":"
      word = nil
    }

    /// Of an incident that is not one of values.
    init(_ field: Field, _ line: NotificationLine) {
      self.field = field
      level = line.step == .closed ? .ok : line.level
      was = line.was ?? (level == .ok ? line.worst : .ok)
      value = nil
      word = line.stateWord
      warning = line.expectedWord
      critical = line.expectedWord
    }

    var isChanged: Bool { level != was ?? .ok }
    var isRecovered: Bool { level == .ok && isChanged }
  }

  let host: HostSettings
  let settings: MasterSettings
  /// With munin.conf's settings laid over.
  let graph: Graph
  /// The graphs around a nested one, from the outermost, likewise.
  let around: [Graph]
  /// In the order of the graph.
  let members: [Member]

  /// munin-limits passes by graphs without a title.
  init?(
    _ graph: Graph, around: [Graph] = [], members: [Member], host: HostSettings,
    settings: MasterSettings
  ) {
    guard graph["graph_title"] != nil else { return nil }
    self.host = host
    self.settings = settings
    self.graph = graph
    self.around = around
    self.members = members
  }

  /// Whether some field has another level than in the run before.
  var isChanged: Bool { members.contains(where: \.isChanged) }

  var worst: Level { members.map(\.level).max() ?? .ok }

  // MARK: Names

  private var title: String {
    // In munin's words `disk.sda` is a service within a service.
    let parts = graph.name.split(separator: ".").map(String.init)
    return parts.indices.map { index in
      let name = parts[...index].joined(separator: ".")
      let graph = index == parts.count - 1 ? graph : around.first { $0.name == name }
      return settings.notifyAlias(of: name, on: host) ?? graph?["graph_title"] ?? parts[index]
    }.joined(separator: " :: ")
  }

  private var group: String {
    host.groups.indices.map { index in
      settings.notifyAlias(ofGroup: Array(host.groups[...index])) ?? host.groups[index]
    }.joined(separator: "-")
  }

  // MARK: Variables

  func value(of name: String) -> String? {
    if let list = names(in: name) { return list.joined(separator: " ") }
    switch name {
    case "group": return group
    case "host": return host.notifyAlias ?? host.name
    case "graph_title": return title
    case "plugin": return graph.name.split(separator: ".").last.map(String.init)
    case "worst": return worst.word
    case "worstid": return "\(worst.muninNumber)"
    case "numcfields": return count(.critical)
    case "numwfields": return count(.warning)
    case "numufields": return count(.unknown)
    case "numofields": return count(.ok)
    case "numfofields": return "\(members.count(where: \.isRecovered))"
    default: break
    }
    if let own = graph[name] { return own }
    if let outer = around.reversed().lazy.compactMap({ $0[name] }).first { return outer }
    return settings.attribute(name, group: host.groups, host: host.name, service: graph.name)
  }

  func members(of name: String) -> [any TemplateContext]? {
    guard let names = names(in: name) ?? value(of: name)?.split(separator: " ").map(String.init)
    else { return nil }
    return names.compactMap { name in
      if let member = members.first(where: { $0.field.name == name }) { return member }
      return graph.field(name).map { Unjudged(field: $0) }
    }
  }

  private func names(in list: String) -> [String]? {
    func names(_ level: Level) -> [String] {
      members.filter { $0.level == level }.map(\.field.name)
    }
    switch list {
    case "fields": return graph.order
    case "cfields": return names(.critical)
    case "wfields": return names(.warning)
    case "ufields": return names(.unknown)
    case "ofields": return names(.ok)
    case "fofields":
      let recovered = members.filter(\.isRecovered).map(\.field.name)
      return recovered.isEmpty ? names(.ok) : recovered
    default: return nil
    }
  }

  private func count(_ level: Level) -> String { "\(members.count { $0.level == level })" }
}

extension MuninService.Member: TemplateContext {
  func value(of name: String) -> String? {
    switch name {
    case "value": word ?? value.map { formatted($0, digits: 2) } ?? "unknown"
    case "wrange": warning
    case "crange": critical
    default: field[name]
    }
  }

  /// A field has no fields: unlike variables, lists are not looked up around it.
  func members(of name: String) -> [any TemplateContext]? { [] }
}

/// A field without limits: a variable of it that is not set is empty, not that of another one.
private struct Unjudged: TemplateContext {
  let field: Field

  func value(of name: String) -> String? { field[name] }
  func members(of name: String) -> [any TemplateContext]? { [] }
}
