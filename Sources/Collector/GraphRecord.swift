internal import EventLoop
internal import Limits
internal import MuninWire
internal import RRD
internal import Settings

/// What the collector remembers of one graph: its description with munin.conf laid over, and its fields' states.
@LoopActor
final class GraphRecord {
  /// The service that brought it, as the node lists it.
  let service: String
  private(set) var graph: Graph
  private(set) var fields: [FieldRecord] = []
  private(set) var updated: Int?
  /// Whether any field has a threshold.
  private(set) var isJudged = false
  /// What in the description cannot be used as it stands.
  private var descriptionFindings: [String] = []
  /// Fields of the last values that the description does not have.
  private var strangers: [String] = []
  /// Values that did not get into a file, until they are counted.
  private var lost = LostValues()
  /// What the mails of the trouble that goes on belong to; `nil` while all is well.
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

  /// Where the field in trouble is gone, or its thresholds are, the next trouble is another.
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
      let sample = Sample(value.reading, at: readTime)
      switch fields[position].record(sample, hasOwnTime: value.reading.time != nil, now: now) {
      case .update(let update): updates.append(update)
      case .repeated: break
      case .impossibleTime: lost.impossibleTimes += 1
      case .closed: lost.closedFiles += 1
      }
      if let change = fields[position].judge(sample, now: now) {
        changes.append(FieldChange(field: fields[position].name, change: change))
      }
      position += 1
    }
    for note in fetched.extinfo {
      guard let index = place(of: note.name, before: 0) else { continue }
      fields[index].extinfo = note.value
    }
  }

  /// Where a field is that is not where it was expected: mostly it is the one before, which has several values.
  private func place(of field: String, before position: Int) -> Int? {
    if position > 0, fields[position - 1].name == field { return position - 1 }
    // A reply of thousands of values in any order must not cost its square.
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

  /// Hands over the count of lost values.
  func takeLost() -> LostValues {
    defer { lost = LostValues() }
    return lost
  }

  /// Notes which values the writer could not keep: the field's file is closed until a time, or librrd refused.
  func noteLost(_ failure: RRDFailure, field: Int) {
    switch failure.fate {
    case .written: break
    case .later: lost.unwritten += failure.updates.count
    case .refused: lost.refused += failure.updates.count
    case .closed(let until):
      lost.closedFiles += failure.updates.count
      fields[field].closedUntil = until
    }
  }

  /// Tells judged fields the time, so that missing values are noticed.
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
