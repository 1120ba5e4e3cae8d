/// Builds a page. Text and values from outside go in by ``text(_:)`` and attributes alone, which escape them;
/// names of elements and attributes are written in the program.
struct HTML: Sendable {
  private(set) var bytes: [UInt8] = []

  /// What stands before the paths of links, see ``PagePrefix``.
  private let prefix: String

  init(capacity: Int = 16 << 10, prefix: String = "") {
    self.prefix = prefix
    bytes.reserveCapacity(capacity)
  }

  /// A part of a page that was built by itself.
  mutating func insert(_ part: [UInt8]) { bytes += part }

  /// A name and its value.
  struct Attribute: Sendable {
    fileprivate let name: StaticString
    fileprivate let value: String
    fileprivate var isLink = false

    init(_ name: StaticString, _ value: String) {
      self.name = name
      self.value = value
    }

    private init(_ name: StaticString, _ link: SiteLink) {
      self.name = name
      value = link.text
      isLink = link.isPath
    }

    static func classes(_ names: String) -> Attribute { Attribute("class", names) }
    static func id(_ id: String) -> Attribute { Attribute("id", id) }
    /// An address of this site: nothing else is linked to, so no text can become a `javascript:`.
    static func href(_ link: SiteLink) -> Attribute { Attribute("href", link) }
    static func src(_ link: SiteLink) -> Attribute { Attribute("src", link) }
    static func action(_ link: SiteLink) -> Attribute { Attribute("action", link) }
  }

  /// An element and what stands in it.
  mutating func element(
    _ name: StaticString, _ attributes: Attribute..., content: (inout HTML) -> Void
  ) {
    open(name, attributes)
    content(&self)
    append("</")
    append(name)
    append(">")
    if Self.blocks.contains(name.description) { bytes.append(0x0A) }
  }

  /// An element with nothing but text.
  mutating func element(_ name: StaticString, _ attributes: Attribute..., text: String) {
    open(name, attributes)
    self.text(text)
    append("</")
    append(name)
    append(">")
    if Self.blocks.contains(name.description) { bytes.append(0x0A) }
  }

  /// An element that is never closed, such as `img`.
  mutating func void(_ name: StaticString, _ attributes: Attribute...) {
    open(name, attributes)
  }

  /// An element that is never closed, with a list of attributes made elsewhere.
  mutating func void(_ name: StaticString, _ attributes: [Attribute]) {
    open(name, attributes)
  }

  /// Text from anywhere. What would be markup is escaped; control characters, which HTML forbids, are replaced.
  mutating func text(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): append("&amp;")
      case UInt8(ascii: "<"): append("&lt;")
      case UInt8(ascii: ">"): append("&gt;")
      case UInt8(ascii: "\""): append("&quot;")
      case UInt8(ascii: "'"): append("&#39;")
      case 0x09, 0x0A, 0x20...0x7E, 0x80...: bytes.append(byte)
      default: append("\u{FFFD}")
      }
    }
  }

  /// Markup written in the program.
  mutating func markup(_ markup: StaticString) { append(markup) }

  private mutating func open(_ name: StaticString, _ attributes: [Attribute]) {
    append("<")
    append(name)
    for attribute in attributes {
      append(" ")
      append(attribute.name)
      append("=\"")
      if attribute.isLink { text(prefix) }
      text(attribute.value)
      append("\"")
    }
    append(">")
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// A line each keeps the source of a page readable.
  private static let blocks: Set<String> = [
    "article", "div", "dl", "figure", "footer", "h1", "h2", "h3", "header", "li", "main", "nav",
    "p", "section", "table", "tr", "ul",
  ]
}
