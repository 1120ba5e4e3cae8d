internal import Inventory
internal import MuninWire

/// A poll's conversation with one node as a pure machine: the node's bytes in, requests and answers out.
///
/// Requests are pipelined within a ``RequestWindow``, so that a poll costs a few round trips, not two per
/// service. A window of 1 is munin-update's way, for nodes that lose requests that arrive together. After a break,
/// ``resumed(window:without:askedLast:)`` goes on over another connection.
struct MasterDialogue: Sendable {
  private enum Phase { case banner, security, handshake, capabilities, list, services, done }

  /// What is left to do for a service.
  private enum Work { case config, fetch, none }

  /// What the node calls itself in its banner.
  private(set) var nodeName = ""
  private(set) var services: [PolledService] = []
  /// Whether the node has listed its services.
  private(set) var hasList = false
  /// How many replies of services this conversation has brought.
  private(set) var answers = 0
  /// Counts the answers of all kinds in this conversation, the banner too: what a time limit is renewed by.
  private(set) var progress = 0
  /// Lines of the node that could not be understood, once each.
  private(set) var faults: [String] = []
  /// What the node said last in place of an answer to `cap` or `list`, without its `# `.
  private var remark: String?
  /// The first line that came in place of a banner.
  private var beforeBanner: String?
  /// Whether the node knows this machine's address; a command on this machine or by ssh does not.
  var isOverSocket = true
  /// Whether the connection is left to the next poll: no `quit` then.
  var staysOpen = false
  private let subject: Subject
  private let security: Security
  private var handshake: Handshake?
  private var window: RequestWindow
  private let known: [String: ServiceConfig]
  private let fresh: Set<String>
  private let leftOut: Set<String>
  private let askedLast: Set<String>
  private var phase = Phase.banner
  private var buffer: [UInt8] = []
  private var start = 0
  private var scanned = 0
  private var total = 0
  private var outgoing: [UInt8] = []
  /// By the places of the services in the list.
  private var work: [Work] = []
  /// Services whose fetch has to be sent; those before `nextFetch` were.
  private var fetches: [Int] = []
  private var nextFetch = 0
  private var nextConfig = 0
  /// Services that are asked last, each alone; those before `nextLast` were.
  private var last: [Int] = []
  private var nextLast = 0
  /// Services that this conversation does not ask.
  private var skipped: Set<Int> = []

  /// - Parameters:
  ///   - window: how many requests may be under way.
  ///   - known: the services' configs of the last poll; a config with the same bytes is not parsed again.
  ///   - fresh: services whose values are young enough not to be fetched while their config stays.
  ///   - leftOut: services that are not asked.
  ///   - askedLast: services that are asked after all others, each alone.
  init(
    subject: Subject, security: Security = .none, window: Int = RequestWindow.Bound.requests,
    known: [String: ServiceConfig] = [:], fresh: Set<String> = [], leftOut: Set<String> = [],
    askedLast: Set<String> = []
  ) {
    self.subject = subject
    self.security = security
    self.window = RequestWindow(limit: window)
    self.known = known
    self.fresh = fresh
    self.leftOut = leftOut
    self.askedLast = askedLast
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
    next.last = (last + askedLast.filter { !last.contains($0) })
      .filter { work[$0] != .none && !without.contains($0) }
    (next.nextLast, next.nextConfig, next.nextFetch) = (0, 0, 0)
    next.fetches = work.indices.filter {
      work[$0] == .fetch && !without.contains($0) && !next.last.contains($0)
    }
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

  /// Whether requests are under way, so that one at a time may work better.
  ///
  /// A node that ends the connection right after the handshake has refused the certificate: another pace does not help.
  var isAsking: Bool {
    phase == .services
      || [.capabilities, .list].contains(phase) && security == .none && !requiresTLS
  }

  /// Whether the node talks under TLS only.
  private var requiresTLS: Bool {
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
  /// - Parameter now: seconds since 1970: the time of values that carry none.
  mutating func receive(_ bytes: Span<UInt8>, now: Int) throws(Failure) {
    total += bytes.count
    guard total <= Bound.poll else { throw failure("more than 64 MiB in one poll") }
    bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
    while phase != .done, phase != .handshake, try step(now: now) {}
    if start > 0 {
      buffer.removeFirst(start)
      scanned -= start
      start = 0
    }
  }

  /// The node has closed the connection.
  func end() throws(Failure) {
    let what =
      switch phase {
      case .banner:
        "before its banner\(isOverSocket ? " (does it allow this address?)" : "")"
          + (beforeBanner.map { "; it said '\($0.prefix(80))'" } ?? "")
      case .security, .handshake: "instead of answering STARTTLS"
      case .capabilities, .list: "before its list of services"
      case .services: "in the middle of \(subjectOfWork)"
      case .done: ""
      }
    if phase == .done { return }
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
    case .services:
      guard let request = window.first else { return "the services" }
      return "\(request.kind) \(services[request.service].name)"
    case .done: return "nothing"
    }
  }

  private func failure(_ text: String) -> Failure {
    Failure(description: text)
  }

  // MARK: Steps

  /// Parses one more line or reply; `false` when more bytes are needed.
  private mutating func step(now: Int) throws(Failure) -> Bool {
    if phase == .services { return try reply(now: now) }
    guard let line = try line() else { return false }
    let before = phase
    defer { if phase != before { progress += 1 } }
    switch phase {
    case .banner: try greet(line)
    case .security: try secure(line)
    case .capabilities:
      if line.hasPrefix("#") { note(line) }
      if hasList {
        phase = .services
        ask()
      } else {
        if window.limit == 1 { askForList() }
        phase = .list
      }
    case .list: try list(line)
    case .handshake, .services, .done: break
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

  /// Looks for `# munin node at NAME`. Lines before it, such as a login message over ssh, are skipped.
  private mutating func greet(_ line: String) throws(Failure) {
    if line.hasPrefix("HTTP/") || line.hasPrefix("SSH-") {
      throw failure(
        "expected the banner of a munin node, found '\(line.prefix(80))': another program answers on this port"
      )
    }
    guard let hash = line.utf8.firstIndex(of: 0x23) else {
      if beforeBanner == nil, line.utf8.contains(where: { $0 > 0x20 }) { beforeBanner = line }
      return
    }
    let words = line[hash...].split(separator: " ").map(String.init)
    let place = words.indices.dropFirst(2).dropLast().first { at in
      words[at] == "at" && ["node", "client"].contains(words[at - 1])
        && ["munin", "lrrd"].contains(words[at - 2].drop { $0 == "#" })
    }
    guard let place else { return }
    nodeName = words[place + 1]
    if security == .none { return begin() }
    outgoing += "STARTTLS\n".utf8
    phase = .security
  }

  /// Processes the answer to STARTTLS.
  private mutating func secure(_ line: String) throws(Failure) {
    let isOffer = line.hasPrefix("TLS OK")
    guard isOffer || line.uppercased().hasPrefix("TLS MAYBE") else {
      if case .required(let setting) = security {
        throw failure(
          "\(setting): expected TLS OK or TLS MAYBE, found '\(line.prefix(80))': the node offers no TLS"
        )
      }
      return begin()
    }
    // A node without a key sends its ClientHello directly after its answer.
    let early = Array(buffer[start...])
    guard early.isEmpty || !isOffer else {
      throw failure("expected nothing between TLS OK and TLS, found \(early.count) bytes")
    }
    start = buffer.count
    scanned = start
    handshake = Handshake(asServer: !isOffer, early: early)
    phase = .handshake
  }

  /// Continues after the answer to STARTTLS, or after the handshake.
  mutating func begin() {
    outgoing += "cap multigraph dirtyconfig\n".utf8
    if window.limit > 1, !hasList { askForList() }
    phase = .capabilities
  }

  /// Begins with the list of services, on a connection that a former poll has left open.
  mutating func resume(nodeName: String) {
    self.nodeName = nodeName
    askForList()
    phase = .list
  }

  /// Remembers a comment that the node sent in place of an answer. "Unknown command" explains nothing: it is how an old node answers `cap`.
  private mutating func note(_ line: String) {
    let text = line.drop { $0 == "#" || $0 == " " }
    remark = text.isEmpty || text.hasPrefix("Unknown command") ? nil : String(text)
  }

  private mutating func askForList() {
    let name =
      switch subject {
      case .named(let name): name
      case .nodeName: nodeName
      case .standard: ""
      }
    outgoing += "list \(name)\n".utf8
  }

  private mutating func list(_ line: String) throws(Failure) {
    if line.hasPrefix("#") {
      note(line)
      if requiresTLS, let explanation { throw failure(explanation) }
      throw failure("expected a list of services, found '\(line.prefix(80))'")
    }
    remark = nil
    var seen: Set<String> = []
    for word in line.split(whereSeparator: \.isWhitespace) {
      let name = String(word)
      guard isServiceName(name) else {
        faults.append("invalid service name '\(name.prefix(80))'")
        continue
      }
      guard seen.insert(name).inserted else { continue }
      services.append(PolledService(name: name))
      work.append(.config)
      if leftOut.contains(name) {
        work[work.count - 1] = .none
        services[services.count - 1].outcome = .leftOut
      } else if askedLast.contains(name) {
        last.append(work.count - 1)
      }
      guard services.count <= Bound.services else {
        throw failure("more than \(Bound.services) services")
      }
    }
    hasList = true
    phase = .services
    ask()
  }

  /// Fills the window when half of it is free.
  private mutating func ask() {
    guard window.isHalfFree else { return }
    while let request = nextRequest(), window.hasRoom(for: request) { send(request) }
    if window.isEmpty {
      phase = .done
      // munin-update sends the blank too.
      if !staysOpen { outgoing += "quit \n".utf8 }
    }
  }

  /// The request to send next. Fetches come first, so that few configs wait for their values.
  private mutating func nextRequest() -> RequestWindow.Request? {
    if nextFetch < fetches.count { return request(for: fetches[nextFetch]) }
    while nextConfig < services.count {
      if work[nextConfig] == .config, !skipped.contains(nextConfig), !last.contains(nextConfig) {
        return request(for: nextConfig)
      }
      nextConfig += 1
    }
    // Only when all others are answered.
    guard nextLast < last.count, window.isEmpty else { return nil }
    return request(for: last[nextLast])
  }

  private func request(for service: Int) -> RequestWindow.Request {
    let name = services[service].name
    let isFetch = work[service] == .fetch
    // "config " or "fetch ", and the end of the line.
    let size = name.utf8.count + (isFetch ? 7 : 8)
    let config = services[service].config ?? (isFetch ? nil : known[name])
    return RequestWindow.Request(
      kind: isFetch ? .fetch : .config, service: service, size: size,
      expected: config?.bytes.count ?? 4096, isAlone: !last.isEmpty && last.contains(service))
  }

  private mutating func send(_ request: RequestWindow.Request) {
    if nextFetch < fetches.count {
      nextFetch += 1
    } else if nextConfig < services.count {
      nextConfig += 1
    } else {
      nextLast += 1
    }
    window.append(request)
    outgoing += request.kind == .config ? "config ".utf8 : "fetch ".utf8
    outgoing += services[request.service].name.utf8
    outgoing.append(0x0A)
  }

  // MARK: Replies

  /// Parses one whole reply, if it is complete.
  private mutating func reply(now: Int) throws(Failure) -> Bool {
    guard let end = try replyEnd() else { return false }
    let request = window.removeFirst()
    answers += 1
    progress += 1
    work[request.service] = .none
    let buffer = self.buffer
    let bytes = buffer.span.extracting(start..<end.text)
    switch request.kind {
    case .config: configured(request.service, bytes, now: now)
    case .fetch: fetched(request.service, bytes, now: now)
    }
    start = end.next
    scanned = start
    ask()
    return true
  }

  /// Where the reply's text ends and what follows it begins; `nil` when it is not complete.
  private mutating func replyEnd() throws(Failure) -> (text: Int, next: Int)? {
    let buffer = self.buffer
    let bytes = buffer.span
    while let end = bytes.firstIndex(of: 0x0A, from: scanned) {
      var length = end - scanned
      if length > 0, bytes[end - 1] == 0x0D { length -= 1 }
      if length > Bound.line { throw failure("a line of more than 64 KiB in \(subjectOfWork)") }
      if length == 1, bytes[scanned] == 0x2E { return (scanned, end + 1) }
      // munin-node-c ends this one reply without a dot.
      if scanned == start, bytes.extracting(start..<end).hasPrefix("# unknown plugin") {
        return (end + 1, end + 1)
      }
      scanned = end + 1
    }
    if buffer.count - scanned > Bound.line {
      throw failure("a line of more than 64 KiB in \(subjectOfWork)")
    }
    if buffer.count - start > Bound.reply {
      throw failure("more than 8 MiB in \(subjectOfWork)")
    }
    return nil
  }

  private mutating func configured(_ index: Int, _ bytes: Span<UInt8>, now: Int) {
    let name = services[index].name
    if let old = known[name], old.isSame(as: bytes) {
      services[index].config = old
      faults += old.faults.map { "config \(name): \($0)" }
      if !fresh.contains(name) { fetchNext(index) }
    } else {
      let answer = ConfigAnswer(bytes, service: name)
      faults += ServiceConfig.told(answer.faults).map { "config \(name): \($0)" }
      guard !answer.graphs.isEmpty else {
        let refusal =
          answer.refusal ?? (bytes.hasPrefix("# unknown plugin") ? .unknownService : nil)
        services[index].trouble = "no config (\(refusal.map { "\($0)" } ?? "empty"))"
        return
      }
      services[index].config = ServiceConfig(bytes, answer, service: name)
      if answer.hasReadings {
        services[index].readTime = now
        services[index].values = ServiceConfig.readings(of: answer)
        return
      }
      fetchNext(index)
    }
  }

  private mutating func fetchNext(_ service: Int) {
    work[service] = .fetch
    fetches.append(service)
  }

  private mutating func fetched(_ index: Int, _ bytes: Span<UInt8>, now: Int) {
    if let plain = services[index].config?.fetchPattern.match(bytes) {
      services[index].plain = plain
      services[index].readTime = now
      return
    }
    let answer = FetchAnswer(bytes, service: services[index].name)
    faults += ServiceConfig.told(answer.faults).map { "fetch \(services[index].name): \($0)" }
    services[index].values = answer.graphs
    let refusal = answer.refusal ?? (bytes.hasPrefix("# unknown plugin") ? .unknownService : nil)
    if let refusal {
      services[index].trouble = "no values (\(refusal))"
      // Nothing was read: a service that is fetched once a day is fetched again at the next poll.
      if answer.graphs.isEmpty { return }
    }
    services[index].readTime = now
  }
}
