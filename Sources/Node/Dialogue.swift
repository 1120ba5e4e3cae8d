internal import Daemon
internal import MuninWire

/// The node's side of one conversation with a master, as a state machine without a socket: bytes in, steps out.
///
/// It does as munin-node does: a command is told by how its line begins, several may arrive at once and are
/// answered in order, and a last line without LF is answered when the master has finished sending.
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
    /// Secure the connection, then call ``Dialogue/secured()``; where that fails the dialogue goes on in plain text.
    /// Bytes that arrive from here on belong to TLS.
    case startTLS
    /// Close the connection; the reason is to be logged, `nil` when the master wished it.
    case close(reason: String?)
  }

  /// What the node does with `STARTTLS`.
  public enum Security: Sendable {
    /// It is answered as an unknown command.
    case unknown
    case offered
    /// It must be the first command.
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

  /// TLS is established: bytes that are received from here on came through it.
  public mutating func secured() { isSecure = true }

  /// The line that greets the master.
  public var banner: String { Banner.line(nodeName) }

  /// Takes bytes from the master. Call ``next()`` until it returns `nil` before handing in more.
  public mutating func receive(_ bytes: Span<UInt8>) {
    if position > 0 {
      pending.removeFirst(position)
      position = 0
    }
    bytes.withUnsafeBufferPointer { pending.append(contentsOf: $0) }
  }

  /// The master has finished sending: what follows its last LF counts as a line, then the dialogue is over.
  public mutating func end() { finished = true }

  /// Whether there are received bytes that ``next()`` has not looked at: the master sends commands without waiting for
  /// answers.
  public var hasMore: Bool { position < pending.count }

  /// The next thing to do, or `nil` when more bytes are needed.
  public mutating func next() -> Step? {
    if ended { return nil }
    if let farewell { return close(farewell) }
    // A second reference to the array: the span stays valid while the state changes.
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
      // An attacker on the way may have inserted commands that would then pass as the master's.
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
    guard isText(line) else { return close("expected UTF-8, found other bytes") }
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
  /// What plugins are told: stays set once announced, as in munin-node.
  public private(set) var dirtyConfig = false
  /// What the list depends on: announced by the last `cap`.
  public private(set) var showsDirty = false

  public init() {}

  package mutating func announce(_ words: [String]) {
    multigraph = words.contains("multigraph")
    showsDirty = words.contains("dirtyconfig")
    if showsDirty { dirtyConfig = true }
  }
}
