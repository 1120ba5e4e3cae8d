internal import EventLoop
internal import Limits
internal import MuninWire
internal import RRD
internal import Settings

/// What the collector remembers of one graph: its description with munin.conf laid over, and its fields' states.
@LoopActor
final class GraphRecord {
  let plugin: String
  private(set) var graph: Graph
  private(set) var fields: [FieldRecord] = []
  private(set) var updated: Int?
  /// Whether any field has a threshold.
  private(set) var isJudged = false
  /// A time stamp of the last values that cannot be true.
  private(set) var stray: String?
  /// Thresholds that are none; the log tells of them once.
  private(set) var problems: [String] = []
  /// What the mails of the trouble that goes on belong to; `nil` while all is well.
  var incident: String?
  private let host: HostSettings
  private let settings: MasterSettings
  private var given: Graph
  /// Where the fields are, made when it is first needed.
  private var places: [String: Int] = [:]

  init(_ graph: Graph, plugin: String, host: HostSettings, settings: MasterSettings) {
    given = graph
    self.graph = graph
    self.plugin = plugin
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

  private func build() {
    let layout = GraphLayout(given, host: host, settings: settings)
    let old = Dictionary(fields.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    graph = layout.graph
    problems = layout.problems
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
      let key = StateKey(service: graph.name, field: fields[index].name)
      guard let state = stored.removeValue(forKey: key) else { continue }
      fields[index].state = state.state
      if let incident = state.incident { self.incident = incident }
    }
    forgetEndedIncident()
  }

  /// Takes fetched values: writes what is new for the RRD files into `updates`, and judges.
  func take(
    _ fetched: FetchedGraph, readTime: Int, now: Int, updates: inout [RRDUpdate],
    changes: inout [FieldChange]
  ) {
    updated = readTime
    stray = nil
    var position = 0
    for value in fetched.values {
      // Values come in the order of the fields, mostly.
      if position >= fields.count || fields[position].name != value.field {
        guard let index = place(of: value.field, before: position) else { continue }
        position = index
      }
      let sample = Sample(value.reading, at: readTime)
      if !fields[position].isCredible(sample, now: now) {
        // Without the time itself: the log tells of it once, not in each poll.
        stray = "\(value.field) has time stamps that cannot be true, not kept (the node's clock?)"
      }
      if let update = fields[position].record(sample, now: now) { updates.append(update) }
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

/// A field's step from one level to another.
struct FieldChange: Sendable, Equatable {
  let field: String
  let change: Change
}

/// What is remembered of one field.
struct FieldRecord: Sendable {
  let name: String
  let label: String
  /// Where its values go, below dbdir.
  let path: String
  let formerPath: String?
  let spec: RRDSpec
  let rules: Rules
  var state = FieldState()
  var extinfo: String?
  /// The newest two samples, for the value shown.
  private var last: Sample?
  private var before: Sample?

  init(
    name: String, label: String, path: String, formerPath: String?, spec: RRDSpec, rules: Rules
  ) {
    self.name = name
    self.label = label
    self.path = path
    self.formerPath = formerPath
    self.spec = spec
    self.rules = rules
  }

  mutating func takeOver(from old: FieldRecord) {
    state = old.state
    extinfo = old.extinfo
    last = old.last
    before = old.before
  }

  /// librrd makes no file that begins before 1980.
  private static let earliest = 320_000_000

  /// Whether the time of a sample can be true: not before 1980, nor later than clocks differ.
  func isCredible(_ sample: Sample, now: Int) -> Bool {
    sample.time > FieldRecord.earliest && sample.time <= now + rules.freshness
  }

  /// The update for the RRD file; `nil` when the sample is not newer than the last, or its time cannot be true.
  mutating func record(_ sample: Sample, now: Int) -> RRDUpdate? {
    // One wrong time stamp from the future would close the file to all true ones.
    guard sample.time > last?.time ?? FieldRecord.earliest, isCredible(sample, now: now) else {
      return nil
    }
    before = last
    last = sample
    return RRDUpdate(
      path: path, time: sample.time, text: sample.reading.rrdText, spec: spec,
      formerPath: formerPath)
  }

  mutating func judge(_ sample: Sample, now: Int) -> Change? {
    guard !rules.thresholds.isEmpty else { return nil }
    return state.take(sample, now: now, by: rules)
  }

  /// A field without thresholds is always ok.
  var level: Level { rules.thresholds.isEmpty ? .ok : state.level }

  /// The newest value, per second for rates; `nil` when it is unknown or older than the freshness limit.
  func value(at now: Int) -> Double? {
    guard let last, last.time >= now - rules.freshness else { return nil }
    return last.value(as: rules.type, after: before, within: rules.freshness)
  }
}
