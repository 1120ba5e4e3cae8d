internal import Daemon
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
internal import Settings
internal import Text

/// The newest values of series, from the journal and the files; of counters, their rate.
struct NewestValues: Sendable {
  let settings: MasterSettings
  private let files = RRDWriter()

  init(settings: MasterSettings) { self.settings = settings }

  /// - Returns: `nil` where no value has come yet.
  func value(
    of form: FieldForm, _ series: SeriesNumber?, _ facts: WhyFacts, host: HostSettings, now: Int
  ) async -> (number: Double?, time: Int)? {
    let path = host.fileStart(in: settings.databaseDirectory) + form.file.ending
    var newest = series.flatMap { facts.waiting[$0] }.map { (time: $0.time, text: $0.text) }
    var before = series.flatMap { facts.waitingBefore[$0] }.map { (time: $0.time, text: $0.text) }
    if newest == nil || before == nil && form.shared.type != .gauge,
      let info = try? await files.info(path),
      let time = info["last_update"].flatMap({ Int($0) }), let text = info["ds[42].last_ds"]
    {
      let stored = (time: time, text: text.replacing("\"", with: ""))
      if let newest, newest.time > stored.time {
        before = before ?? stored
      } else {
        newest = stored
      }
    }
    guard let newest else { return nil }
    let number = Double(newest.text)
    switch form.shared.type {
    case .gauge: return (number, newest.time)
    case .absolute, .counter, .derive: break
    }
    // What came is unknown: an older rate would pass for the present one.
    guard let number else { return (nil, newest.time) }
    if let before, newest.time > before.time {
      let seconds = Double(newest.time - before.time)
      if form.shared.type == .absolute { return (number / seconds, newest.time) }
      guard let old = Double(before.text) else { return (nil, newest.time) }
      let rate = (number - old) / seconds
      // A counter that has begun anew.
      let isBack = rate < 0 && (form.shared.type == .counter || form.shared.possible.min ?? -1 >= 0)
      return (isBack ? nil : rate, newest.time)
    }
    // One value alone: what the file has made of it.
    let rows = try? await files.fetch(
      path, .average, start: newest.time - 4 * form.spec.step, end: newest.time,
      resolution: form.spec.step)
    // The last whole step; an older one would pass for the present one.
    let last = rows.flatMap { rows in
      rows.values.indices.last { rows.time(of: $0) <= newest.time }.map { rows.values[$0] }
    }
    return (last.flatMap { $0.isNaN ? nil : $0 }, newest.time)
  }

  /// The time of the newest value of a node.
  func newest(of facts: WhyFacts, host: HostSettings) async -> Int? {
    if let time = facts.waiting.values.map(\.time).max() { return time }
    var newest: Int?
    // The first files are enough: all of a poll are written together.
    for (given, _) in facts.graphs.prefix(5) {
      for form in GraphLayout(given, host: host, settings: settings).fields.prefix(3) {
        let path = host.fileStart(in: settings.databaseDirectory) + form.file.ending
        if let time = try? await files.lastUpdate(path) { newest = max(newest ?? time, time) }
      }
    }
    return newest
  }

  /// Why values are too old to be believed: three periods, and a minute for what an answer takes; `nil` when they are not.
  func staleness(_ newest: Int?, every rate: Int, now: Int) -> String? {
    // Then only levels are known.
    guard settings.rrdWrite != .off else { return nil }
    if let newest, now - newest <= 3 * rate + 60 { return nil }
    let age = newest.map { "no value for \(TimeSpan.text(now - $0))" } ?? "no value yet"
    let holder = DataFolder.runningCollector(in: settings.databaseDirectory)
    return holder == nil ? age + ": no collector is running" : age
  }
}
