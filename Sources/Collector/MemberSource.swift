internal import EventLoop
internal import Inventory
internal import Limits
internal import MuninWire

/// A field with values of its own, as a graph that borrows it needs it.
struct MemberSource {
  /// Its node, `group;host`.
  let node: String
  /// Its RRD file.
  let file: String
  /// How its graph describes it: only a picture asks.
  let description: @LoopActor () -> Field
  /// The newest value; nil when there is none, or none that is recent enough.
  let value: Double?
  /// Whether it is the first value of a rate, which needs another one.
  let isFirst: Bool
}

extension NodeRecord {
  /// What stands at a name of one of the node's graphs; nil where nothing does.
  func member(_ graph: String, _ field: String, now: Int) -> FoundField<MemberSource>? {
    var found = FoundField<MemberSource>()
    if let virtual = virtualGraphs()[graph], let made = virtual.virtual.field(field) {
      found.virtual = (made, virtual.place)
    }
    if let record = graphs[graph], let own = record.field(field) {
      found.real = MemberSource(
        node: path, file: own.path,
        description: { self.drawn(record).field(field) ?? Field(name: field) },
        value: own.value(at: now, judged: nil),
        isFirst: own.type != .gauge && own.record.isFirst)
    }
    return found.real == nil && found.virtual == nil ? nil : found
  }
}
