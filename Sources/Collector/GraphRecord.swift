internal import EventLoop
internal import Inventory
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording

/// What the collector remembers of one graph of a node. What the graph is, it shares with all nodes that have the same
/// (``GraphForm``); its own are the newest values of its fields.
@LoopActor
final class GraphRecord {
  /// The service that brought it, as the node lists it.
  let service: String
  private(set) var form: GraphForm
  private(set) var updated: Int?
  /// In the order of the form's fields.
  private var records: [FieldRecord] = []
  /// By the places of their fields.
  private var notes: [Int: FieldNotes] = [:]
  /// Fields of the last values that the description does not have.
  private var strangers: [String] = []
  private let series: NodeSeries
  /// What the names of the node's files begin with.
  private let fileStart: String
  /// Where the fields are, made when it is first needed.
  private var places: [String: Int] = [:]

  /// - Parameter news: gets what the files and rules of its fields are.
  init(
    _ form: GraphForm, service: String, series: NodeSeries, fileStart: String,
    _ news: inout DescriptionNews
  ) {
    self.form = form
    self.service = service
    self.series = series
    self.fileStart = fileStart
    records.reserveCapacity(form.fields.count)
    for field in form.fields { records.append(attach(field, &news)) }
  }

  var name: String { form.name }
  /// Whether any field has a threshold.
  var isJudged: Bool { form.isJudged }

  /// Takes a new description; what is known of the fields stays.
  /// - Parameter news: gets the files and rules that have changed.
  func update(_ form: GraphForm, _ news: inout DescriptionNews) {
    guard form !== self.form else { return }
    let former = self.form
    var old = Dictionary(
      former.fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    var kept: [Int: FieldNotes] = [:]
    let fields = form.fields.enumerated().map { index, field in
      guard let place = old.removeValue(forKey: field.name) else { return attach(field, &news) }
      let before = former.fields[place]
      if before.file.spec.type != field.file.spec.type {
        series.changeType(of: records[place].series, key(field), to: field.file.spec.type)
      }
      if before.file != field.file { news.files.append((records[place].series, field.file)) }
      if before.rules != field.rules { news.rules.append((records[place].series, field.rules)) }
      let isSameFile = before.file.ending == field.file.ending
      var record = records[place].carriedOver(isSameFile: isSameFile)
      if let notes = notes[place]?.carriedOver(isSameFile: isSameFile), !notes.isEmpty {
        kept[index] = notes
        record.hasNotes = true
      }
      return record
    }
    for place in old.values.sorted() { detach(place, &news) }
    self.form = form
    records = fields
    notes = kept
    places = [:]
  }

  private func key(_ field: FieldForm) -> SeriesKey {
    SeriesKey(graph: form.name, field: field.name)
  }

  private func attach(_ field: FieldForm, _ news: inout DescriptionNews) -> FieldRecord {
    let number = series.attach(key(field), field.file.spec.type)
    news.files.append((number, field.file))
    if let rules = field.rules { news.rules.append((number, rules)) }
    return FieldRecord(series: number)
  }

  private func detach(_ place: Int, _ news: inout DescriptionNews) {
    let field = form.fields[place]
    if field.isJudged {
      news.removed.append(records[place].series)
      news.keys[records[place].series] = key(field)
    }
    series.detach(records[place].series, key(field), field.file.spec.type)
  }

  /// The graph is not described any more.
  func end(_ news: inout DescriptionNews) {
    for place in records.indices { detach(place, &news) }
  }

  // MARK: A poll

  /// Adds what is new to what a poll has brought: values of a reply that is as the config promises.
  func record(
    _ reply: PlainReply, _ range: Range<Int>, readTime: Int, now: Int, into intake: inout Intake
  ) {
    updated = readTime
    if !strangers.isEmpty { strangers = [] }
    if !notes.isEmpty { forgetWords() }
    for (place, index) in zip(records.indices, range) {
      let value = reply.values[index]
      let rules = form.fields[place].shared
      guard value.isStorable(as: rules.type) else {
        record(
          reply.reading(of: value), for: place, readTime: readTime, now: now, into: &intake)
        continue
      }
      let time = value.time ?? readTime
      let cell =
        switch value.number {
        case .unknown: ValueCell(unknownAt: time)
        case .whole(let number): ValueCell(number, at: time)
        case .real(let number): ValueCell(number, at: time)
        }
      let fate = settle(
        cell, for: place, at: time, hasOwnTime: value.time != nil, now: now,
        freshness: rules.freshness)
      count(fate, in: &intake)
      if fate == .value {
        let series = records[place].series
        reply.withText(of: value) { intake.journal.append(series, at: time, $0) }
      }
      if form.isJudged, form.fields[place].isJudged {
        intake.samples.append(JudgedSample(records[place].series, cell))
      }
    }
  }

  /// The same of any reply.
  func record(_ fetched: FetchedGraph, readTime: Int, now: Int, into intake: inout Intake) {
    updated = readTime
    strangers = []
    var position = 0
    for value in fetched.values {
      // Values come in the order of the fields, mostly.
      if position >= records.count || form.fields[position].name != value.field {
        guard let index = place(of: value.field, before: position) else {
          intake.lost.undescribed += 1
          if strangers.count < 5, !strangers.contains(value.field) { strangers.append(value.field) }
          continue
        }
        position = index
      }
      record(value.reading, for: position, readTime: readTime, now: now, into: &intake)
      position += 1
    }
    if !notes.isEmpty { forgetWords() }
    for note in fetched.extinfo {
      guard let index = place(of: note.name, before: 0) else { continue }
      var known = notes[index] ?? FieldNotes()
      known.extinfo = note.value
      set(known, for: index)
    }
  }

  private func record(
    _ reading: Reading, for place: Int, readTime: Int, now: Int, into intake: inout Intake
  ) {
    let rules = form.fields[place].shared
    let storable = StorableSample(reading, at: readTime, as: rules.type)
    let fate = settle(
      ValueCell(storable.sample), for: place, at: storable.sample.time,
      hasOwnTime: reading.time != nil, change: storable.change, malformed: storable.malformed,
      now: now, freshness: rules.freshness)
    count(fate, in: &intake)
    if fate == .value {
      intake.journal.append(
        records[place].series, at: storable.sample.time, storable.text.utf8.span)
      if storable.malformed != nil { intake.lost.malformed += 1 }
      if storable.change?.isLoss == true { intake.lost.unstorable += 1 }
    }
    if form.fields[place].isJudged {
      intake.samples.append(JudgedSample(records[place].series, ValueCell(storable.sample)))
    }
  }

  private func settle(
    _ cell: ValueCell, for place: Int, at time: Int, hasOwnTime: Bool,
    change: RRDNumber.Change? = nil, malformed: String? = nil, now: Int, freshness: Int
  ) -> FieldRecord.Fate {
    let hadNotes = records[place].hasNotes
    var known = hadNotes ? notes[place] ?? FieldNotes() : FieldNotes()
    if hadNotes || malformed != nil { known.observe(malformed: malformed, now: now) }
    let fate = records[place].record(
      cell, at: time, hasOwnTime: hasOwnTime, change: change, now: now, freshness: freshness,
      &known)
    if hadNotes || !known.isEmpty { set(known, for: place) }
    return fate
  }

  /// What a plugin said with its last values is of those: a plugin may send words only while something is wrong.
  private func forgetWords() {
    for (place, known) in notes where known.extinfo != nil {
      var known = known
      known.extinfo = nil
      set(known, for: place)
    }
  }

  private func set(_ known: FieldNotes, for place: Int) {
    notes[place] = known.isEmpty ? nil : known
    records[place].hasNotes = !known.isEmpty
  }

  private func count(_ fate: FieldRecord.Fate, in intake: inout Intake) {
    switch fate {
    case .value: break
    case .repeated: intake.repeated += 1
    case .impossibleTime: intake.lost.impossibleTimes += 1
    case .closed: intake.lost.closedFiles += 1
    }
  }

  /// Orders the files of the fields that no value has come for.
  func makeFiles(at time: Int, into intake: inout Intake) {
    for place in records.indices where !records[place].hasFile {
      records[place].setFileMade()
      intake.journal.append(.fileOnly(records[place].series, at: time))
    }
  }

  /// The position of a field that does not come in the config's order: often the previous one, which has several values.
  private func place(of field: String, before position: Int) -> Int? {
    if position > 0, form.fields[position - 1].name == field { return position - 1 }
    // A dictionary, so that thousands of values in any order do not cost quadratic time.
    if places.isEmpty {
      places = Dictionary(
        form.fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
    return places[field]
  }

  // MARK: What is known

  /// A field with what is known of it.
  struct KnownField {
    let form: FieldForm
    let record: FieldRecord
    let notes: FieldNotes?
    fileprivate let fileStart: String

    var name: String { form.name }
    var rules: SeriesRules? { form.rules }
    var type: FieldType { form.shared.type }
    var isJudged: Bool { form.isJudged }
    var series: SeriesNumber { record.series }
    var extinfo: String? { notes?.extinfo }
    /// The RRD file.
    var path: String { fileStart + form.file.ending }

    /// The newest value, see ``FieldRecord/value(at:by:judged:)``.
    func value(at now: Int, judged: Double?) -> Double? {
      record.value(at: now, by: form.shared, judged: judged)
    }
  }

  /// The fields, in the order of the description.
  var fields: [KnownField] {
    records.indices.map(knownField)
  }

  /// One field.
  func field(_ name: String) -> KnownField? {
    form.fields.firstIndex { $0.name == name }.map(knownField)
  }

  private func knownField(_ place: Int) -> KnownField {
    KnownField(
      form: form.fields[place], record: records[place],
      notes: records[place].hasNotes ? notes[place] : nil, fileStart: fileStart)
  }

  /// The judged series.
  var judgedSeries: [SeriesNumber] {
    guard form.isJudged else { return [] }
    return records.indices.filter { form.fields[$0].isJudged }.map { records[$0].series }
  }

  /// Where a series is among the fields.
  func place(of series: SeriesNumber) -> Int? { records.firstIndex { $0.series == series } }

  /// The newest value of a field, per second for rates, before its `cdef`.
  func value(of place: Int, at now: Int) -> Double? {
    guard records.indices.contains(place) else { return nil }
    return records[place].value(at: now, by: form.fields[place].shared, judged: nil)
  }

  /// What the plugin's author or the operator should correct; the log tells each once.
  var findings: [String] {
    var findings = form.findings
    for place in records.indices where records[place].change != nil || records[place].hasNotes {
      findings += form.fields[place].findings(records[place], notes[place])
        .map { "\(form.fields[place].name): \($0)" }
    }
    if !strangers.isEmpty {
      findings.append(
        "values of fields without a description, not kept: \(strangers.joined(separator: ", "))")
    }
    return findings
  }

  /// Whether there are ``findings``, in no time.
  var hasFindings: Bool {
    if !form.findings.isEmpty || !strangers.isEmpty { return true }
    if !notes.isEmpty, notes.values.contains(where: \.hasFindings) { return true }
    for place in records.indices where records[place].change != nil { return true }
    return false
  }

  /// Counts values that could not be stored, and marks the field whose file is closed.
  /// - Parameter field: its place.
  func countLost(_ failure: SeriesFailure, field: Int, in lost: inout LostValues) {
    switch failure.fate {
    case .written, .later: break
    case .refused: lost.refused += failure.count
    case .closed(let until):
      lost.closedFiles += failure.count
      var known = notes[field] ?? FieldNotes()
      known.closedUntil = until
      set(known, for: field)
    }
  }

  /// The worst level of its judged fields.
  func level(by judge: SeriesJudge) -> Level {
    guard form.isJudged else { return .ok }
    var worst = Level.ok
    for place in records.indices where form.fields[place].isJudged {
      worst = max(worst, judge.level(of: records[place].series))
    }
    return worst
  }
}

extension PlainValue {
  /// Whether librrd takes its text for a field of a type as it is, see ``RRDNumber``.
  fileprivate func isStorable(as type: FieldType) -> Bool {
    switch type {
    case .gauge, .absolute: true
    case .derive: shape != .fraction && count <= RRDNumber.longestCounter
    case .counter:
      (shape == .whole || shape == .unknown) && count <= RRDNumber.longestCounter
    }
  }
}
