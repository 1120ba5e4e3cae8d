internal import Inventory
internal import MuninWire

/// A poll's conversation with one node as a pure machine: the node's bytes in, requests and answers out.
///
/// Requests are pipelined within a ``RequestWindow``, so that a poll costs a few round trips, not two per
/// service. A window of 1 is munin-update's way, for nodes that lose requests that arrive together. After a break,
/// ``resumed(window:without:askedLast:)`` goes on over another connection.
struct MasterDialogue: Sendable {
  enum Phase { case banner, security, handshake, capabilities, list, nodes, spool, services, done }

  /// What the node calls itself in its banner.
  var nodeName = ""
  var services: [PolledService] = []
  /// The listed names; `nil` for a spool.
  var list: ServiceNames?
  /// The names that the node has services of, where it was asked for them.
  var nodes: [String] = []
  /// Whether the node has listed its services.
  var hasList = false
  /// How many replies of services this conversation has brought.
  var answers = 0
  /// Counts the answers of all kinds in this conversation, the banner too: what a time limit is renewed by.
  var progress = 0
  /// When the bytes came that are being read, in nanoseconds of a clock that only goes forward.
  var instant: Int64 = 0
  /// Since when the next answer has been waited for.
  var waitsSince: Int64 = 0
  /// Lines of the node that could not be understood, once each.
  var faults: [String] = []
  /// What the node said last in place of an answer to `cap` or `list`, without its `# `.
  var remark: String?
  /// The first line that came in place of a banner.
  var beforeBanner: String?
  /// Whether the node knows this machine's address; a command on this machine or by ssh does not.
  var isOverSocket = true
  /// Whether the connection is left to the next poll: no `quit` then.
  var staysOpen = false
  let subject: Subject
  let security: Security
  let order: PollOrder
  var handshake: Handshake?
  var window: RequestWindow
  var phase = Phase.banner
  var outgoing: [UInt8] = []
  /// Bytes of the node; those before `start` are processed, those before `scanned` hold no end of what is waited for.
  var buffer: [UInt8] = []
  var start = 0
  var scanned = 0
  var total = 0
  /// What is left to do for the services, by their places in the list.
  var work: [Work] = []
  /// The services whose config came in this poll.
  var confirmed: Set<Int> = []
  /// Requests that go before those of services that were not asked yet; those before `nextUrgent` were sent.
  var urgent: [(service: Int, kind: RequestWindow.Request.Kind)] = []
  var nextUrgent = 0
  /// Services before it were asked.
  var nextService = 0
  /// Services that are asked last, each alone; those before `nextLast` were.
  var last: [Int] = []
  var isLast: Set<Int> = []
  var nextLast = 0
  /// Whether the node hands out what munin-asyncd has collected, instead of answering for its services.
  var isSpool = false
  var reader = SpoolReader()
  var spooledBytes = 0
  /// The newest time of the values that a spool has brought; 0 for none.
  var newest = 0
  /// Whether a part of a spool is here: ``continueSpool(now:)`` reads on.
  var hasPart = false
  /// Services that this conversation does not ask.
  var skipped: Set<Int> = []

  /// - Parameters:
  ///   - order: what to ask for.
  ///   - window: how many requests may be under way.
  init(
    subject: Subject, security: Security = .none, window: Int = RequestWindow.Bound.requests,
    order: PollOrder
  ) {
    self.subject = subject
    self.security = security
    self.window = RequestWindow(limit: window)
    self.order = order
  }

  /// The dialogue over a new connection: it asks for what was not answered, and not for the list again.
  /// - Parameters:
  ///   - without: services that are not asked, by their places in the list.
  ///   - askedLast: services that are asked after all others, each alone.
  func resumed(window: Int, without: Set<Int>, askedLast: [Int]) -> MasterDialogue {
    var next = self
    next.phase = .banner
    next.window = RequestWindow(limit: window)
    next.buffer = []
    (next.start, next.scanned, next.answers, next.progress) = (0, 0, 0, 0)
    next.outgoing = []
    (next.handshake, next.remark, next.beforeBanner) = (nil, nil, nil)
    next.skipped = without
    next.last = (last + askedLast.filter { !isLast.contains($0) })
      .filter { work[$0] != .none && !without.contains($0) }
    next.isLast = Set(next.last)
    (next.nextLast, next.nextService, next.nextUrgent) = (0, 0, 0)
    next.urgent = work.indices.filter {
      work[$0] == .fetch && !without.contains($0) && !next.isLast.contains($0)
    }.map { ($0, .fetch) }
    return next
  }

  /// The services that are not answered yet, by their places in the list.
  var open: [Int] { work.indices.filter { work[$0] != .none } }

  /// The service whose answer is due, and whether nothing else is under way.
  var due: (service: Int, isAlone: Bool)? {
    phase == .services ? window.first.map { (service: $0.service, isAlone: $0.isAlone) } : nil
  }

  /// Whether the node has sent more than one poll may bring.
  var isFull: Bool { total > Bound.poll }

  var isDone: Bool { phase == .done }

  /// Whether nothing more is needed from the node.
  var isComplete: Bool { phase == .done || phase == .nodes }

  /// Whether requests are under way, so that one at a time may work better.
  ///
  /// A node that ends the connection right after the handshake has refused the certificate: another pace does not help.
  var isAsking: Bool {
    phase == .services
      || [.capabilities, .list].contains(phase) && security == .none && !requiresTLS
  }

  /// Whether the node talks under TLS only.
  var requiresTLS: Bool {
    security == .none && remark?.lowercased().contains("require tls") == true
  }

  /// What the node's last remark explains of a connection that it closed, whether in order or by a reset.
  var explanation: String? {
    guard let remark else { return nil }
    let said = "'\(remark.prefix(80))'"
    return requiresTLS
      ? "the node says \(said): set tls enabled for this node in munin.conf" : "it said \(said)"
  }

  /// The handshake to make now, if any; then call ``begin()``, whether the transport is another one or not.
  mutating func takeHandshake() -> Handshake? {
    defer { handshake = nil }
    return handshake
  }

  /// The requests to send now.
  mutating func takeRequests() -> [UInt8] {
    defer { outgoing.removeAll(keepingCapacity: true) }
    return outgoing
  }

  /// Processes bytes of the node.
  /// - Parameters:
  ///   - now: seconds since 1970: the time of values that carry none.
  ///   - instant: nanoseconds of a clock that only goes forward, to measure answers by.
  mutating func receive(_ bytes: Span<UInt8>, now: Int, at instant: Int64 = 0) throws(Failure) {
    self.instant = instant
    total += bytes.count
    guard total <= Bound.poll else { throw failure("more than 64 MiB in one poll") }
    bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
    while phase != .done, phase != .handshake, !hasPart, try step(now: now) {}
    if start > 0 {
      buffer.removeFirst(start)
      scanned -= start
      start = 0
    }
  }

  /// Parses one more line or reply; `false` when more bytes are needed.
  private mutating func step(now: Int) throws(Failure) -> Bool {
    if phase == .services { return try reply(now: now) }
    if phase == .spool { return try readSpool(now: now) }
    guard let line = try line() else { return false }
    let before = phase
    defer { if phase != before { progress += 1 } }
    switch phase {
    case .banner: try greet(line)
    case .security: try secure(line)
    case .capabilities: readCapabilities(line)
    case .list: try readList(line)
    case .nodes: readNode(line)
    case .handshake, .spool, .services, .done: break
    }
    return true
  }

  private mutating func line() throws(Failure) -> String? {
    // A copy of the reference: the span stays good while the machine's state changes.
    let buffer = self.buffer
    let bytes = buffer.span
    guard let end = bytes.firstIndex(of: 0x0A, from: scanned) else {
      scanned = buffer.count
      // The list of thousands of services is one line; no other line may be that long.
      let bound = phase == .list ? Bound.reply : Bound.line
      if buffer.count - start > bound {
        throw failure("a line of more than \(bound >> 10) KiB instead of \(subjectOfWork)")
      }
      return nil
    }
    var text = String(copying: bytes.extracting(start..<end))
    if text.hasSuffix("\r") { text.removeLast() }
    start = end + 1
    scanned = start
    return text
  }

  /// The node has closed the connection.
  mutating func end() throws(Failure) {
    if isComplete {
      phase = .done
      return
    }
    let what =
      switch phase {
      case .banner:
        "before its banner\(isOverSocket ? " (does it allow this address?)" : "")"
          + (beforeBanner.map { "; it said '\($0.prefix(80))'" } ?? "")
      case .security, .handshake: "instead of answering STARTTLS"
      case .capabilities, .list: "before its list of services"
      case .spool: "in the middle of its spool"
      case .services: "in the middle of \(subjectOfWork)"
      case .nodes, .done: ""
      }
    if requiresTLS, let explanation { throw failure(explanation) }
    throw failure(
      "the node closed the connection \(what)" + (explanation.map { "; \($0)" } ?? ""))
  }

  /// What is being waited for, for messages.
  var subjectOfWork: String {
    switch phase {
    case .banner: return "the banner"
    case .security, .handshake: return "the answer to STARTTLS"
    case .capabilities, .list: return "the list of services"
    case .nodes: return "the names of its nodes"
    case .spool: return "its spool"
    case .services:
      guard let request = window.first else { return "the services" }
      return "\(request.kind) \(services[request.service].name)"
    case .done: return "nothing"
    }
  }

  func failure(_ text: String) -> Failure {
    Failure(description: text)
  }
}
