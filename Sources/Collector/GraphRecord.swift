internal import EventLoop
internal import Limits
internal import MuninWire
internal import RRD
internal import Settings

/// What the collector remembers of one graph: its description with munin.conf's settings applied, and the states of its fields.
@LoopActor
final class GraphRecord {
  /// The service that brought it, as the node lists it.
  let service: String
  private(set) var graph: Graph
  private(set) var fields: [FieldRecord] = []
  private(set) var updated: Int?
  /// Whether any field has a threshold.
  private(set) var isJudged = false
  /// Attributes that cannot be used as they are written.
  private var descriptionFindings: [String] = []
  /// Fields of the last values that the description does not have.
  private var strangers: [String] = []
  /// Values that did not get into a file, until they are counted.
  private var lost = LostValues()
  /// The incident that the graph's mails belong to; `nil` while all its fields are ok.
  var incident: String?
  private var host: HostSettings
  private var settings: MasterSettings
  private var given: Graph
  /// Where the fields are, made when it is first needed.
  private var places: [String: Int] = [:]

  init(_ graph: Graph, service: String, host: HostSettings, settings: MasterSettings) {
    given = graph
    self.graph = graph
    self.service = service
    self.host = host
    self.settings = settings
    build()
  }

  /// Takes a new description; what is known of the fields stays.
  func update(_ graph: Graph) {
    // Values inside a config are not part of the description.
    var described = graph
    for index in described.fields.indices { described.fields[index].readings = [] }
    guard described != given else { return }
    given = described
    build()
  }

  /// Goes on under other settings; what is known of the fields stays.
  func change(host: HostSettings, settings: MasterSettings) {
    self.host = host
    self.settings = settings
    build()
  }

  private func build() {
    let layout = GraphLayout(given, host: host, settings: settings)
    let old = Dictionary(fields.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    graph = layout.graph
    descriptionFindings = layout.findings
    fields = layout.fields.map { field in
      var field = field
      if let before = old[field.name] { field.takeOver(from: before) }
      return field
    }
    places = [:]
    isJudged = fields.contains { !$0.rules.thresholds.isEmpty }
    forgetEndedIncident()
  }

  /// Ends the incident when the field that caused it, or its thresholds, are gone: the next one has mails of its own.
  private func forgetEndedIncident() {
    if level == .ok { incident = nil }
  }

  func restore(from stored: inout [StateKey: StoredState]) {
    for index in fields.indices {
      let key = StateKey(graph: graph.name, field: fields[index].name)
      guard let state = stored.removeValue(forKey: key) else { continue }
      fields[index].state = state.state
      if let incident = state.incident { self.incident = incident }
    }
    forgetEndedIncident()
  }

  /// Adds what is new for the RRD files to `updates`, and judges it.
  func record(
    _ fetched: FetchedGraph, readTime: Int, now: Int, updates: inout [RRDUpdate],
    changes: inout [FieldChange]
  ) {
    updated = readTime
    strangers = []
    var position = 0
    for value in fetched.values {
      // Values come in the order of the fields, mostly.
      if position >= fields.count || fields[position].name != value.field {
        guard let index = place(of: value.field, before: position) else {
          lost.undescribed += 1
          if strangers.count < 5, !strangers.contains(value.field) { strangers.append(value.field) }
          continue
        }
        position = index
      }
      let storable = StorableSample(value.reading, at: readTime, as: fields[position].rules.type)
      switch fields[position].record(storable, hasOwnTime: value.reading.time != nil, now: now) {
      case .update(let update):
        updates.append(update)
        if storable.malformed != nil { lost.malformed += 1 }
        if storable.change?.isLoss == true { lost.unstorable += 1 }
      case .repeated: break
      case .impossibleTime: lost.impossibleTimes += 1
      case .closed: lost.closedFiles += 1
      }
      if let change = fields[position].judge(storable.sample, now: now) {
        changes.append(FieldChange(field: fields[position].name, change: change))
      }
      position += 1
    }
    for note in fetched.extinfo {
      guard let index = place(of: note.name, before: 0) else { continue }
      fields[index].extinfo = note.value
    }
  }

  /// The position of a field that does not come in the config's order: often the previous one, which has several values.
  private func place(of field: String, before position: Int) -> Int? {
    if position > 0, fields[position - 1].name == field { return position - 1 }
    // A dictionary, so that thousands of values in any order do not cost quadratic time.
    if places.isEmpty {
      places = Dictionary(
        fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    return places[field]
  }

  /// What the plugin's author or the operator should correct; the log tells each once.
  var findings: [String] {
    var findings = descriptionFindings
    for index in fields.indices where fields[index].hasFindings {
      findings += fields[index].findings.map { "\(fields[index].name): \($0)" }
    }
    if !strangers.isEmpty {
      findings.append(
        "values of fields without a description, not kept: \(strangers.joined(separator: ", "))")
    }
    return findings
  }

  /// Returns the values lost since the last call.
  func takeLost() -> LostValues {
    defer { lost = LostValues() }
    return lost
  }

  /// Counts values that the writer could not store, and marks the field whose file is closed.
  func countLost(_ failure: RRDFailure, field: Int) {
    switch failure.fate {
    case .written: break
    case .later: lost.unwritten += failure.updates.count
    case .refused: lost.refused += failure.updates.count
    case .closed(let until):
      lost.closedFiles += failure.updates.count
      fields[field].closedUntil = until
    }
  }

  /// Lets the judged fields notice that no value came.
  func elapse(to now: Int) -> [FieldChange] {
    guard isJudged else { return [] }
    var changes: [FieldChange] = []
    for index in fields.indices where !fields[index].rules.thresholds.isEmpty {
      if let change = fields[index].state.elapse(to: now, by: fields[index].rules) {
        changes.append(FieldChange(field: fields[index].name, change: change))
      }
    }
    return changes
  }

  var level: Level { fields.map(\.level).max() ?? .ok }
}
