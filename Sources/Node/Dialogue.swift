internal import Daemon
internal import MuninWire

/// One conversation with a master as a pure machine: bytes in, steps out, no socket.
///
/// The facts are munin-node's: commands are known by how they begin, several may arrive at once and are
/// answered in order, and a line without an end is answered when the other side has finished sending.
public struct Dialogue: Sendable {
  /// What the connection has to do next.
  public enum Step: Equatable, Sendable {
    /// Send these bytes.
    case say(String)
    /// Send the services of a host; `nil` is this node.
    case list(host: String?)
    /// Send the names of all nodes.
    case nodes
    case fetch(String)
    case config(String)
    /// Secure the connection, then call ``Dialogue/secured()``; or go on in plain text without. Bytes that
    /// come from here on are TLS's.
    case startTLS
    /// Close the connection; the reason, when it was not the master's wish, belongs into the log.
    case close(reason: String?)
  }

  /// What becomes of `STARTTLS`.
  public enum Security: Sendable {
    /// It is no command.
    case unknown
    case offered
    /// It has to be the first command.
    case required
  }

  /// The longest line, in bytes, without its end. A service's name has at most 128.
  public static let longestLine = 1024

  /// What the master has announced.
  public private(set) var capabilities = Capabilities()
  private let nodeName: String
  private let security: Security
  private var isSecure = false
  private var farewell: String?
  private var pending: [UInt8] = []
  private var position = 0
  private var ended = false
  private var finished = false

  /// - Parameter nodeName: as in the banner.
  public init(nodeName: String, security: Security = .unknown) {
    self.nodeName = nodeName
    self.security = security
  }

  /// From here on the bytes come through TLS.
  public mutating func secured() { isSecure = true }

  /// The line that greets the master.
  public var banner: String { "# munin node at \(nodeName)\n" }

  /// Takes bytes from the master. Call ``next()`` until it returns `nil` before handing in more.
  public mutating func receive(_ bytes: Span<UInt8>) {
    if position > 0 {
      pending.removeFirst(position)
      position = 0
    }
    bytes.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
  }

  /// The master will send no more: what it sent last counts as a line, and then the dialogue is over.
  public mutating func end() { finished = true }

  /// Whether the master has said more than was looked at: it does not wait for one answer before the next
  /// question.
  public var hasMore: Bool { position < pending.count }

  /// The next thing to do, or `nil` when more bytes are needed.
  public mutating func next() -> Step? {
    if ended { return nil }
    if let farewell { return close(farewell) }
    // A copy of the reference: the span stays good while the machine's state changes.
    let pending = self.pending
    let bytes = pending.span
    guard let end = bytes.firstIndex(of: 0x0A, from: position) else {
      if pending.count - position > Dialogue.longestLine { return close("line too long") }
      guard finished else { return nil }
      guard position < pending.count else { return close(nil) }
      let line = bytes.extracting(position..<pending.count)
      let step = step(for: line)
      position = pending.count
      return step
    }
    let line = bytes.extracting(position..<end)
    let step = end - position > Dialogue.longestLine ? close("line too long") : step(for: line)
    position = end + 1
    if step == .startTLS, position < pending.count {
      // Somebody between may have put in what then would look like the master's own words.
      return close(
        "expected nothing between STARTTLS and TLS, found \(pending.count - position) bytes")
    }
    return step
  }

  private mutating func close(_ fault: String?) -> Step {
    ended = true
    return .close(reason: fault)
  }

  private mutating func step(for line: Span<UInt8>) -> Step {
    guard isText(line) else { return close("expected text, found bytes that are no UTF-8") }
    let command = Command(line)
    if security == .required, !isSecure, command != .startTLS {
      let word = String(copying: line.extracting(0..<min(line.count, 20)))
      farewell =
        "expected STARTTLS, found '\(word)': TLS is required here, see tls in the master's munin.conf"
      return .say("# I require TLS. Closing.\n")
    }
    switch command {
    case .startTLS where security != .unknown && !isSecure: return .startTLS
    case .list(let host): return .list(host: host)
    case .nodes: return .nodes
    case .version: return .say("munins node on \(nodeName) version: \(apusVersion)\n")
    case .capabilities(let words):
      capabilities.announce(words)
      return .say("cap multigraph dirtyconfig\n")
    case .fetch(let service): return .fetch(service)
    case .config(let service): return .config(service)
    case .quit: return close(nil)
    case .startTLS, .spoolFetch, .unknown:
      return .say(
        "# Unknown command. Try cap, list, nodes, config, fetch, version or quit\n")
    }
  }

  private func isText(_ line: Span<UInt8>) -> Bool {
    var plain = true
    for index in 0..<line.count where line[index] >= 0x80 { plain = false }
    return plain || line.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) != nil }
  }
}

/// What a master has announced by `cap`.
public struct Capabilities: Sendable, Hashable {
  public private(set) var multigraph = false
  /// For plugins: once announced it stays, as in munin-node.
  public private(set) var dirtyConfig = false
  /// For the list: announced by the last `cap`.
  public private(set) var showsDirty = false

  public init() {}

  mutating func announce(_ words: [String]) {
    multigraph = words.contains("multigraph")
    showsDirty = words.contains("dirtyconfig")
    if showsDirty { dirtyConfig = true }
  }
}
