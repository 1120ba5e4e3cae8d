public import EventLoop
public import Limits
public import MuninWire

/// The numbers of a node's series: those of fields that are described, and of fields that were.
@LoopActor
public final class NodeSeries {
  public let node: NodeNumber
  private let book: NumberBook
  /// Fields that no graph describes at present. They have their numbers back when they are described again.
  private var detached: [SeriesKey: Detached] = [:]

  /// A field that no graph describes.
  private struct Detached {
    let number: SeriesNumber
    let type: FieldType
    /// Since when a former run did not have it, in seconds since 1970.
    var gone: Int?
    /// Whether this run had it.
    var isEnded = false
  }

  public init(node: NodeNumber, book: NumberBook) {
    self.node = node
    self.book = book
  }

  /// Takes over the numbers of a former run.
  public func restore(_ stored: [InventoryTables.StoredSeries]) {
    for series in stored {
      detached[series.key] = Detached(number: series.number, type: series.type, gone: series.gone)
    }
  }

  /// Frees what the numbers of a former run needed and those that are left do not.
  public func compact() {
    detached = Dictionary(uniqueKeysWithValues: detached.map { ($0.key, $0.value) })
  }

  /// The fields that no graph describes at present, and since when that is so, in seconds since 1970; `nil` where only this run knows.
  public var undescribed: [SeriesKey: (number: SeriesNumber, since: Int?)] {
    detached.mapValues { ($0.number, $0.gone) }
  }

  /// Whether a field that no graph describes at present was described before.
  public func isKnown(_ key: SeriesKey) -> Bool { detached[key] != nil }

  /// The number of a field that is described from now on.
  public func attach(_ key: SeriesKey, _ type: FieldType) -> SeriesNumber {
    guard let known = detached.removeValue(forKey: key) else {
      return book.newSeries(key, type, of: node)
    }
    if known.type != type || known.isEnded || known.gone != nil {
      book.describe(known.number, key, type, of: node)
    }
    return known.number
  }

  /// A field has another type than before.
  public func changeType(of number: SeriesNumber, _ key: SeriesKey, to type: FieldType) {
    book.describe(number, key, type, of: node)
  }

  /// A field is not described any more.
  public func detach(_ number: SeriesNumber, _ key: SeriesKey, _ type: FieldType) {
    detached[key] = Detached(number: number, type: type, isEnded: true)
    book.ended(number)
  }
}
