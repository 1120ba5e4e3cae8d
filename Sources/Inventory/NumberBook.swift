public import EventLoop
public import Limits
internal import MuninWire

/// Gives nodes, services, series and layouts their numbers, and remembers which of them the ledger does not have yet.
@LoopActor
public final class NumberBook {
  private var names: [String: Int] = [:]
  private var nodes: [String: NodeNumber] = [:]
  private var layouts: [LayoutKey: (number: Int, config: ServiceConfig)] = [:]
  private var nextName = 1
  private var nextNode: UInt32 = 1
  private var nextSeries: UInt32 = 1
  private var nextLayout = 1
  /// What nodes have listed.
  private var lists: [String: ServiceNames] = [:]
  /// With so many layouts it is worth looking for those that no node uses.
  private var mostLayouts = 1024
  private var news = InventoryRows()

  private struct LayoutKey: Hashable {
    let service: String
    let config: [UInt8]
  }

  public nonisolated init() {}

  /// Goes on with the numbers of a former run.
  public func restore(_ contents: InventoryTables.Contents) {
    for (number, text) in contents.names { names[text] = number }
    for (number, path) in contents.nodes { nodes[path] = number }
    nextName = (contents.names.keys.max() ?? 0) + 1
    nextNode = (contents.nodes.keys.max()?.raw ?? 0) + 1
    nextLayout = (contents.layouts.keys.max() ?? 0) + 1
    nextSeries = (contents.series.values.compactMap { $0.map(\.number).max() }.max()?.raw ?? 0) + 1
  }

  /// What the ledger does not have yet; nothing more until something is new again.
  /// - Parameter time: the present, in seconds since 1970.
  public func takeNews(at time: Int) -> InventoryRows? {
    guard !news.isEmpty else { return nil }
    var rows = news
    rows.time = time
    news = InventoryRows()
    return rows
  }

  // MARK: Numbers

  /// The number of a name: of a service, a graph or a field.
  public func name(_ text: String) -> Int {
    if let known = names[text] { return known }
    let number = nextName
    nextName += 1
    names[text] = number
    news.names.append((number, text))
    return number
  }

  /// The number of a node.
  /// - Parameter path: `group;host`.
  public func node(_ path: String) -> NodeNumber {
    if let known = nodes[path] { return known }
    let number = NodeNumber(nextNode)
    nextNode += 1
    nodes[path] = number
    news.nodes.append((number, path))
    return number
  }

  /// The number of a series that has none yet.
  func newSeries(_ key: SeriesKey, _ type: FieldType, of node: NodeNumber) -> SeriesNumber {
    let number = SeriesNumber(nextSeries)
    nextSeries += 1
    describe(number, key, type, of: node)
    return number
  }

  /// A series has another type than before, or is there again.
  func describe(
    _ number: SeriesNumber, _ key: SeriesKey, _ type: FieldType, of node: NodeNumber
  ) {
    news.series.append((number, node, name(key.graph), name(key.field), type))
  }

  /// A series is no longer described.
  func ended(_ number: SeriesNumber) { news.goneSeries.append(number) }

  // MARK: Services

  /// A config that other nodes may have sent too: the same bytes are kept once.
  /// - Parameter number: the one it is stored under, where it was stored before.
  public func shared(
    _ config: ServiceConfig, of service: String, number: Int? = nil
  ) -> ServiceConfig {
    guard !config.bytes.isEmpty else { return config }
    let key = LayoutKey(service: service, config: config.bytes)
    if let known = layouts[key] { return known.config }
    if let number {
      layouts[key] = (number, config)
    } else {
      layouts[key] = (nextLayout, config)
      news.layouts.append((nextLayout, service, config.bytes))
      nextLayout += 1
    }
    return config
  }

  /// What other nodes may have listed too: the same line is kept once.
  public func shared(_ list: ServiceNames) -> ServiceNames {
    guard list.line.utf8.count <= NumberBook.longestList else { return list }
    if let known = lists[list.line] { return known }
    // Nodes that list something else in each poll must not fill the memory. What is in use is kept by its nodes.
    if lists.count >= NumberBook.mostLists { lists = [:] }
    lists[list.line] = list
    return list
  }

  private static let mostLists = 256
  /// A longer line, in bytes, is kept by its node alone: a reply may have 8 MiB.
  private static let longestList = 16_384

  /// A service has another config than before.
  public func describe(_ service: String, _ config: ServiceConfig, of node: NodeNumber) {
    let key = LayoutKey(service: service, config: config.bytes)
    news.services.append((node, name(service), layouts[key]?.number))
  }

  /// A service is no longer listed by its node.
  public func ended(_ service: String, of node: NodeNumber) {
    news.goneServices.append((node, name(service)))
  }

  /// The spool of a node was read up to a time, in seconds since 1970.
  public func setSpooled(_ position: Int, of node: NodeNumber) {
    news.spooled.append((node, position))
  }

  /// Whether there are many more layouts than when it was last asked to forget some.
  public var wantsForgetting: Bool { layouts.count > mostLayouts }

  /// Forgets the layouts that no node uses any more. The ledger keeps those that a service had last which is gone.
  public func forgetLayouts(except used: Set<ObjectIdentifier>) {
    layouts = layouts.filter { used.contains(ObjectIdentifier($0.value.config)) }
    news.removesUnusedLayouts = true
    mostLayouts = 2 * layouts.count + 1024
  }
}
