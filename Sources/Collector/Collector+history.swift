internal import EventLoop
internal import Incidents
internal import Limits
internal import MuninWire
public import Notify
internal import RRD
internal import Recording

/// What messages show of the recorded values.
extension Collector {
  /// The picture of a graph as it is now, over the time that holds its trouble; `nil` where it cannot be drawn.
  public func picture(of order: PictureOrder) async -> MailPicture? {
    await picture(of: order.graph, on: order.node, name: order.name, since: nil, at: clock.epoch)
  }

  /// The picture of a value's graph, over the time that holds the incident.
  func picture(
    of part: NotificationPart, in line: NotificationLine, at time: Int
  ) async -> MailPicture? {
    let since = [line.opened, part.since].compactMap(\.self).min()
    return await picture(
      of: part.graph, on: path(of: line), name: "\(line.host)-\(part.graph).png", since: since,
      at: shown(time))
  }

  /// A message that is delivered soon shows the newest value; one that has waited, what it tells of.
  private func shown(_ time: Int) -> Int {
    let now = clock.epoch
    return (0...600).contains(now - time) ? now : time
  }

  private func path(of line: NotificationLine) -> String {
    (line.groups + [line.name ?? line.host]).joined(separator: ";")
  }

  private func picture(
    of graph: String, on path: String, name: String, since: Int?, at now: Int
  ) async -> MailPicture? {
    guard let (request, view) = await drawing(of: graph, on: path, since: since, at: now),
      await hasLine(view, request)
    else { return nil }
    let picture = try? await grapher.picture(request, plain: { view.plain(hasFile: $0) })
    return picture.map { MailPicture(name: name, png: $0.png) }
  }

  /// What a picture shows. Everything up to now is in the files after it.
  /// - Parameter since: when the trouble began; `nil` for as long as some field has not been ok.
  func drawing(
    of graph: String, on path: String, since: Int?, at now: Int
  ) async -> (request: GraphRequest, view: GraphView)? {
    guard let node = nodeIndex[path] else { return nil }
    let own = node.graphs[graph].map { $0.view(node.drawn($0), alerts.judge, at: now) }
    guard let view = node.virtualGraphs()[graph]?.view(over: own, alerts.judge) ?? own else {
      return nil
    }
    await writeFiles(of: path)
    for source in view.sources.sorted() { await writeFiles(of: source) }
    let began =
      since ?? view.fields.filter { $0.level != .ok }.compactMap(\.since).min() ?? now
    let step = node.graphs[graph]?.form.fields.first?.spec.step ?? node.period
    var request = GraphRequest(
      period: .newest(.holding(now - began, step: step)), now: now)
    if now == clock.epoch {
      for field in node.graphs[graph]?.fields ?? [] {
        request.newest[field.name] = field.value(at: now, judged: nil)
      }
    }
    return (request, view)
  }

  /// Whether a picture shows more than its frame: some field has two values. A node that was polled for the first time has none.
  private func hasLine(_ view: GraphView, _ request: GraphRequest) async -> Bool {
    guard case .newest(let span) = request.period else { return true }
    let (start, end) = (request.now - span.rawValue, request.now)
    let files = view.plain { _ in true }.files.sorted { $0.key < $1.key }.map(\.value)
    for file in files.prefix(20) {
      let rows = try? await grapher.fetch(
        file, .average, start: start, end: end, resolution: 1)
      if rows?.values.lazy.filter({ !$0.isNaN }).prefix(2).count == 2 { return true }
    }
    return false
  }

  /// How a value has moved until its trouble began: by its file, in the unit shown.
  func movement(
    of part: NotificationPart, in line: NotificationLine, at time: Int
  ) async -> ValueMovement? {
    let path = path(of: line)
    guard let node = nodeIndex[path],
      let field = node.graphs[part.graph]?.fields.first(where: { $0.series == part.series })
    else { return nil }
    let unit = field.rules?.unit
    // What is calculated of several fields is in no file.
    if let unit, unit.fields != [0] { return nil }
    await writeFiles(of: path)
    let (file, step) = (field.path, node.graphs[part.graph]?.form.fields.first?.spec.step ?? 300)
    func shown(_ value: Double) -> Double? {
      guard !value.isNaN else { return nil }
      return unit.map { $0.value { _ in value } } ?? value
    }
    func value(ago seconds: Int) async -> Double? {
      let rows = try? await grapher.fetch(
        file, .average, start: time - seconds - 3 * step, end: time - seconds, resolution: step)
      return rows?.values.last { !$0.isNaN }.flatMap(shown)
    }
    var movement = ValueMovement(
      hourAgo: await value(ago: 3600), dayAgo: await value(ago: 86_400))
    guard let now = part.value else { return movement }
    let since = part.since ?? line.opened ?? time
    let week = try? await grapher.fetch(
      file, .average, start: since - 7 * 86_400, end: since - step, resolution: 1800)
    guard let week else { return movement }
    let known = week.values.indices.compactMap { row -> (time: Int, value: Double)? in
      guard week.time(of: row) < since, let value = shown(week.values[row]) else { return nil }
      return (week.time(of: row), value)
    }
    movement.lowestOfDays = Self.days(known, until: since) { $0 <= now }
    movement.highestOfDays = Self.days(known, until: since) { $0 >= now }
    return movement
  }

  /// For how many whole days no value was so far out, 7 at most; `nil` for less than one.
  private static func days(
    _ rows: [(time: Int, value: Double)], until end: Int, isAsFar: (Double) -> Bool
  ) -> Int? {
    guard let first = rows.first else { return nil }
    let since = rows.last { isAsFar($0.value) }?.time ?? first.time
    // A row of the file stands for half an hour before it.
    let days = (end - since + 1800) / 86_400
    return days > 0 ? min(days, 7) : nil
  }
}
