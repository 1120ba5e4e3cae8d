/// The path and the query of a request, decoded and checked.
///
/// What could mean two things is refused: escaped slashes and dots, empty parts, control characters, bytes
/// that are no UTF-8.
struct RequestTarget: Hashable, Sendable {
  /// The parts of the path between its slashes.
  let path: [String]
  /// Whether the path ends with a slash.
  let isFolder: Bool
  /// The query's names and values in their order.
  let query: [QueryItem]

  private static let slash = UInt8(ascii: "/")

  /// The most parts of a path, and of a query.
  private static let mostParts = 64

  init?(path: String, query: String?) {
    guard path.utf8.first == Self.slash else { return nil }
    let rest = path.utf8.dropFirst()
    isFolder = rest.isEmpty || rest.last == Self.slash
    let inner = rest.last == Self.slash ? rest.dropLast() : rest
    var parts: [String] = []
    if !rest.isEmpty {
      for raw in inner.split(separator: Self.slash, omittingEmptySubsequences: false) {
        guard parts.count < Self.mostParts, let part = decoded(raw, plusIsBlank: false),
          !part.isEmpty, part != ".", part != "..", !part.utf8.contains(Self.slash)
        else { return nil }
        parts.append(part)
      }
    }
    self.path = parts
    guard let items = QueryItem.list((query ?? "").utf8, most: Self.mostParts) else { return nil }
    self.query = items
  }
}

extension QueryItem {
  /// Names and values as a query and a form write them, `a=1&b=x+y`; `nil` for what could not be read, and for more than `most`.
  static func list(_ bytes: some Collection<UInt8>, most: Int) -> [QueryItem]? {
    var items: [QueryItem] = []
    for raw in bytes.split(separator: UInt8(ascii: "&")) {
      let halves = raw.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard items.count < most, let name = decoded(halves[0], plusIsBlank: true),
        let value = halves.count > 1 ? decoded(halves[1], plusIsBlank: true) : ""
      else { return nil }
      items.append(QueryItem(name: name, value: value))
    }
    return items
  }
}

/// Resolves `%41`. `nil` for half an escape, a control character, and what is no UTF-8.
private func decoded(_ raw: some Sequence<UInt8>, plusIsBlank: Bool) -> String? {
  var bytes: [UInt8] = []
  var rest = raw.makeIterator()
  while var byte = rest.next() {
    if byte == UInt8(ascii: "%") {
      guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue)
      else { return nil }
      byte = high << 4 | low
    } else if plusIsBlank, byte == UInt8(ascii: "+") {
      byte = 0x20
    }
    guard byte >= 0x20, byte != 0x7F else { return nil }
    bytes.append(byte)
  }
  return String(validating: bytes, as: UTF8.self)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
