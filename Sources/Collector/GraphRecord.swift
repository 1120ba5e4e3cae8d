internal import EventLoop
internal import Inventory
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
internal import Settings

/// What the collector remembers of one graph: its description with munin.conf's settings applied, and its fields.
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
  /// Where the values of its fields go, as far as that is new.
  private(set) var newTargets: [(series: SeriesNumber, target: FileTarget)] = []
  private let series: NodeSeries
  private var host: HostSettings
  private var settings: MasterSettings
  private var given: Graph
  /// Where the fields are, made when it is first needed.
  private var places: [String: Int] = [:]

  init(
    _ graph: Graph, service: String, host: HostSettings, settings: MasterSettings,
    series: NodeSeries
  ) {
    self.series = series
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
    var old = Dictionary(fields.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    graph = layout.graph
    descriptionFindings = layout.findings
    fields = layout.fields.map { field in
      var field = field
      let key = SeriesKey(graph: graph.name, field: field.name)
      if let before = old.removeValue(forKey: field.name) {
        field.takeOver(from: before)
        if before.spec.type != field.spec.type {
          series.changeType(of: field.series, key, to: field.spec.type)
        }
        if before.target == field.target { return field }
      } else {
        field.series = series.attach(key, field.spec.type)
      }
      newTargets.append((field.series, field.target))
      return field
    }
    for (_, field) in old { detach(field) }
    places = [:]
    isJudged = fields.contains(where: \.isJudged)
  }

  private func detach(_ field: FieldRecord) {
    series.detach(
      field.series, SeriesKey(graph: graph.name, field: field.name), field.spec.type)
  }

  /// The graph is not described any more.
  func end() { for field in fields { detach(field) } }

  /// Where the values of fields go that are new since the last call.
  func takeTargets() -> [(series: SeriesNumber, target: FileTarget)] {
    guard !newTargets.isEmpty else { return [] }
    defer { newTargets = [] }
    return newTargets
  }

  /// Adds what is new to what a poll has brought.
  func record(_ fetched: FetchedGraph, readTime: Int, now: Int, into intake: inout Intake) {
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
      case .value(let value):
        intake.values.append(value)
        if storable.malformed != nil { lost.malformed += 1 }
        if storable.change?.isLoss == true { lost.unstorable += 1 }
      case .repeated: break
      case .impossibleTime: lost.impossibleTimes += 1
      case .closed: lost.closedFiles += 1
      }
      if fields[position].isJudged {
        intake.samples.append(
          SeriesSample(
            series: fields[position].series, sample: storable.sample,
            rules: fields[position].rules))
      }
      position += 1
    }
    for note in fetched.extinfo {
      guard let index = place(of: note.name, before: 0) else { continue }
      fields[index].extinfo = note.value
    }
  }

  /// Orders the files of the fields that no value has come for.
  func makeFiles(at time: Int, into intake: inout Intake) {
    for index in fields.indices where !fields[index].hasFile {
      intake.values.append(fields[index].makeFile(at: time))
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

  /// Whether there are ``findings``, in no time.
  var hasFindings: Bool {
    if !descriptionFindings.isEmpty || !strangers.isEmpty { return true }
    for index in fields.indices where fields[index].hasFindings { return true }
    return false
  }

  /// Returns the values lost since the last call.
  func takeLost() -> LostValues {
    guard lost != LostValues() else { return lost }
    defer { lost = LostValues() }
    return lost
  }

  /// Counts values that could not be stored, and marks the field whose file is closed.
  func countLost(_ failure: SeriesFailure, field: Int) {
    switch failure.fate {
    case .written, .later: break
    case .refused: lost.refused += failure.count
    case .closed(let until):
      lost.closedFiles += failure.count
      fields[field].closedUntil = until
    }
  }

  /// The worst level of its judged fields.
  func level(by judge: Judge) -> Level {
    guard isJudged else { return .ok }
    return fields.lazy.filter(\.isJudged).map { judge[$0.series].level }.max() ?? .ok
  }
}
