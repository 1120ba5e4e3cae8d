/// One line from a master, as a node understands it.
public enum Command: Sendable, Equatable {
  /// The services of a host, or of the node itself.
  case list(String?)
  /// The capabilities the master announces; replaces those announced before.
  case capabilities([String])
  /// The hosts whose services the node has.
  case nodes
  /// Which node this is, and of which version.
  case version
  /// The values of a service. The name is as sent, perhaps empty: look it up, do not build a path.
  case fetch(String)
  /// The description of a service; the name as in ``fetch(_:)``.
  case config(String)
  /// The end of the conversation.
  case quit
  /// STARTTLS: what follows is encrypted.
  case startTLS
  /// Everything spooled after a time in seconds since 1970.
  case spoolFetch(Int)
  /// A line with no known command, also an empty one.
  case unknown

  /// Reads a line without its LF. As in munin, a command is known by how the line begins, whatever
  /// the case of its letters (`QUITxyz`, `fetchload`); only `spoolfetch` must be in small letters.
  public init(_ line: Span<UInt8>) {
    if begins(line, "list") {
      self = .list(Self.hostName(line, from: 4))
    } else if begins(line, "cap") {
      self = .capabilities(Self.words(line, from: 3))
    } else if begins(line, "quit") || begins(line, ".") {
      self = .quit
    } else if begins(line, "version") {
      self = .version
    } else if begins(line, "nodes") {
      self = .nodes
    } else if begins(line, "fetch") {
      self = .fetch(Self.serviceName(line, from: 5))
    } else if begins(line, "config") {
      self = .config(Self.serviceName(line, from: 6))
    } else if line.hasPrefix("spoolfetch ") {
      self = Self.spoolFetch(line, from: 11)
    } else if begins(line, "starttls"), line.trimmed(8..<line.count).isEmpty {
      self = .startTLS
    } else {
      self = .unknown
    }
  }

  /// Blanks, then a host name. munin-node stops at an underscore and so never finds `my_host`; here it is found.
  private static func hostName(_ line: Span<UInt8>, from start: Int) -> String? {
    var position = start
    while position < line.count, line[position].isBlank { position += 1 }
    let first = position
    while position < line.count,
      line[position].isWord || line[position] == 0x2D || line[position] == 0x2E
    {
      position += 1
    }
    return first == position ? nil : String(copying: line.extracting(first..<position))
  }

  private static func words(_ line: Span<UInt8>, from start: Int) -> [String] {
    var reader = WordReader(from: start)
    var words: [String] = []
    while let word = reader.next(in: line) { words.append(String(copying: line.extracting(word))) }
    return words
  }

  /// At most one blank, then the name up to the next one.
  private static func serviceName(_ line: Span<UInt8>, from start: Int) -> String {
    var position = start
    if position < line.count, line[position].isBlank { position += 1 }
    let first = position
    while position < line.count, !line[position].isBlank { position += 1 }
    return String(copying: line.extracting(first..<position))
  }

  private static func spoolFetch(_ line: Span<UInt8>, from start: Int) -> Command {
    var words = WordReader(from: start)
    return words.unsigned(in: line).flatMap(Int.init(exactly:)).map { .spoolFetch($0) } ?? .unknown
  }
}

/// Whether the line begins with a word, which is in small letters, in any case of letters.
private func begins(_ line: Span<UInt8>, _ word: StaticString) -> Bool {
  guard line.count >= word.utf8CodeUnitCount else { return false }
  return word.withUTF8Buffer { wanted in
    for index in wanted.indices where line[index].lowered != wanted[index] { return false }
    return true
  }
}
