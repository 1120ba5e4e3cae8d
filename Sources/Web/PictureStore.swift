internal import Collector
internal import EventLoop
internal import Limits
internal import MuninWire
internal import RRD

/// The pictures drawn lately. Each is drawn once, however many ask for it, and kept until its files have
/// something new to show, within a bound on them all.
@LoopActor
final class PictureStore {
  /// What makes a picture another one.
  struct Key: Hashable, Sendable {
    var node: String
    var graph: String
    var period: Period
    var width: Int?
    var height: Int?
    var onlyGraph = false
  }

  /// A picture and its age.
  struct Drawing: Sendable {
    let png: [UInt8]
    /// Changes whenever the picture is drawn anew.
    let version: String
    /// Width and height in pixels.
    let size: (width: Int, height: Int)?
  }

  enum Problem: Error {
    /// Too many pictures wait for their turn.
    case busy
    case drawing(RRDError)
  }

  private struct Entry {
    let task: Task<Result<Drawing, RRDError>, Never>
    let version: String
    let drawnAt: Int
    let updated: Int?
    var isDone = false
    var size: (width: Int, height: Int)?
    var bytes = 0
    var used: Int
  }

  private let grapher: RRDGrapher
  private let prepare: @LoopActor @Sendable (String) async -> Void
  private var entries: [Key: Entry] = [:]
  private var bytes = 0
  private var waiting = 0
  private var uses = 0
  /// What all pictures together may hold, in bytes.
  private let limit: Int

  /// How many pictures may wait to be drawn.
  static let mostWaiting = 200
  /// How many are kept, however small.
  private static let mostPictures = 4096

  /// - Parameter prepare: brings a node's newest values into its files.
  nonisolated init(
    grapher: RRDGrapher, limit: Int = 32 << 20,
    prepare: @escaping @LoopActor @Sendable (String) async -> Void = { _ in }
  ) {
    self.grapher = grapher
    self.prepare = prepare
    self.limit = limit
  }

  /// How many pictures are kept.
  var count: Int { entries.count }

  /// The picture as of now.
  func picture(
    _ key: Key, of view: GraphView, updateRate: Int, now: Int
  ) async throws(Problem) -> Drawing {
    uses += 1
    if let entry = entries[key],
      Self.isFresh(entry, key.period, updated: view.updated, updateRate: updateRate, now: now)
    {
      entries[key]!.used = uses
      return try await Self.outcome(entry.task)
    }
    guard waiting < Self.mostWaiting else { throw .busy }
    let version = "\(now)-\(uses)"
    let task = draw(key, view, now: now, version: version)
    let former = entries[key]
    bytes -= former?.bytes ?? 0
    entries[key] = Entry(
      task: task, version: version, drawnAt: now, updated: view.updated, size: former?.size,
      used: uses)
    return try await Self.outcome(task)
  }

  private static func outcome(
    _ task: Task<Result<Drawing, RRDError>, Never>
  ) async throws(Problem) -> Drawing {
    do throws(RRDError) {
      return try await task.value.get()
    } catch {
      throw .drawing(error)
    }
  }

  /// The sizes of a node's pictures as they were drawn last.
  func sizes(of node: NodeView) -> PictureSizes {
    let path = node.path
    var sizes = PictureSizes()
    for (key, entry) in entries where key.node == path {
      if key.width == nil, key.height == nil, !key.onlyGraph {
        sizes[key.graph, key.period] = entry.size
      }
    }
    return sizes
  }

  /// How long a picture can be shown, in seconds. The hour follows each value.
  private static func isFresh(
    _ entry: Entry, _ period: Period, updated: Int?, updateRate: Int, now: Int
  ) -> Bool {
    let age = now - entry.drawnAt
    switch period {
    case .hour: return entry.updated == updated && age < max(60, updateRate)
    case .day: return age < 60
    case .week, .month, .year: return age < 300
    }
  }

  private func draw(
    _ key: Key, _ view: GraphView, now: Int, version: String
  ) -> Task<Result<Drawing, RRDError>, Never> {
    waiting += 1
    return EventLoop.start {
      await self.work(key, view, now: now, version: version)
    }
  }

  private func work(
    _ key: Key, _ view: GraphView, now: Int, version: String
  ) async -> Result<Drawing, RRDError> {
    let result = await drawn(key, view, now: now, version: version)
    finished(key, version, result)
    return result
  }

  private func drawn(
    _ key: Key, _ view: GraphView, now: Int, version: String
  ) async -> Result<Drawing, RRDError> {
    await prepare(key.node)
    for source in view.sources.sorted() where source != key.node { await prepare(source) }
    let request = GraphRequest(
      period: key.period.graphPeriod, now: now, width: key.width, height: key.height,
      onlyGraph: key.onlyGraph)
    do throws(RRDError) {
      let png = try await grapher.picture(request, plain: { view.plain(hasFile: $0) }).png
      return .success(Drawing(png: png, version: version, size: Self.size(of: png)))
    } catch {
      return .failure(error)
    }
  }

  private func finished(_ key: Key, _ version: String, _ result: Result<Drawing, RRDError>) {
    waiting -= 1
    // Meanwhile the picture may have been asked for again, and be out of date already.
    guard var entry = entries[key], entry.version == version else { return }
    entry.isDone = true
    if case .success(let drawing) = result {
      entry.bytes = drawing.png.count
      entry.size = drawing.size
      bytes += entry.bytes
    }
    entries[key] = entry
    while bytes > limit || entries.count > Self.mostPictures {
      let done = entries.lazy.filter { $0.value.isDone }
      guard let oldest = done.min(by: { $0.value.used < $1.value.used }) else { return }
      bytes -= oldest.value.bytes
      entries[oldest.key] = nil
    }
  }

  /// Both stand in a PNG file's first chunk.
  private static func size(of png: [UInt8]) -> (width: Int, height: Int)? {
    guard png.count >= 24 else { return nil }
    func number(_ start: Int) -> Int { png[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
  }
}
