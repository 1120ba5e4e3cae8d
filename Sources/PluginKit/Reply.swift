public import MuninWire

/// The answer to a fetch, written in place: one buffer of bytes, no text built to be thrown away.
public struct Reply: Sendable {
  /// The lines so far.
  public internal(set) var bytes: [UInt8] = []
  /// Why some values of this reply are unknown, for the log.
  public private(set) var complaint: String?

  public init() {}

  /// Records why a value is unknown. Reasons beyond 300 bytes are dropped.
  public mutating func complain(_ reason: String) {
    guard let known = complaint else {
      complaint = reason
      return
    }
    if known.utf8.count < 300 { complaint = "\(known); \(reason)" }
  }

  /// Returns the reasons recorded so far and removes them.
  public mutating func takeComplaint() -> String? {
    defer { complaint = nil }
    return complaint
  }

  /// An empty reply that keeps the memory of the last one.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    complaint = nil
  }

  /// How many bytes there are.
  public var count: Int { bytes.count }

  /// Removes what was written after the first `count` bytes, when a plugin failed half way.
  public mutating func truncate(to count: Int) { bytes.removeLast(bytes.count - count) }

  /// Appends whole lines.
  public mutating func append(_ lines: [UInt8]) { bytes.append(contentsOf: lines) }

  /// Appends text as it is.
  public mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Appends text as it is.
  public mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Appends the config lines of a graph.
  public mutating func append(_ graph: Graph, multigraph: Bool) {
    graph.render(into: &bytes, multigraph: multigraph)
  }

  /// Appends the `host_name` line of a plugin whose values belong to another node, as munin-node expects it.
  public mutating func appendNodeName(
    of plugin: any PluginDescription, _ service: String, _ settings: [String: String]
  ) {
    guard let name = plugin.nodeName(of: service, settings) else { return }
    append("host_name \(name)\n")
  }

  /// The lines as text.
  public var text: String { String(copying: bytes.span) }

  /// Begins the values of one graph of several.
  public mutating func multigraph(_ name: String) {
    bytes.append(contentsOf: "multigraph ".utf8)
    bytes.append(contentsOf: name.utf8)
    bytes.append(0x0A)
  }

  public mutating func value(_ field: StaticString, _ value: UInt64) {
    begin(field)
    appendDecimal(value, to: &bytes)
    bytes.append(0x0A)
  }

  public mutating func value(_ field: StaticString, _ value: Int) {
    begin(field)
    appendDecimal(value, to: &bytes)
    bytes.append(0x0A)
  }

  /// A value with a fixed number of decimals.
  public mutating func value(_ field: StaticString, _ value: Double, digits: Int) {
    begin(field)
    appendDecimal(value, digits: digits, to: &bytes)
    bytes.append(0x0A)
  }

  /// A value that is text already, such as a word of a file in /proc.
  public mutating func value(_ field: StaticString, _ word: Span<UInt8>) {
    begin(field)
    for index in 0..<word.count { bytes.append(word[index]) }
    bytes.append(0x0A)
  }

  /// A field whose name is only known at run time.
  public mutating func value(_ field: String, _ value: UInt64) {
    bytes.append(contentsOf: field.utf8)
    bytes.append(contentsOf: ".value ".utf8)
    appendDecimal(value, to: &bytes)
    bytes.append(0x0A)
  }

  /// A value that could not be read this time.
  public mutating func unknown(_ field: StaticString) {
    begin(field)
    bytes.append(0x55)
    bytes.append(0x0A)
  }

  private mutating func begin(_ field: StaticString) {
    field.withUTF8Buffer { bytes.append(contentsOf: $0) }
    (".value " as StaticString).withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
}
