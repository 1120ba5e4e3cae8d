internal import Inventory
internal import MuninWire

/// From the banner to the list of services.
extension MasterDialogue {
  /// Looks for `# munin node at NAME`. Lines before it, such as a login message over ssh, are skipped.
  mutating func greet(_ line: String) throws(Failure) {
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
  mutating func secure(_ line: String) throws(Failure) {
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
  mutating func resume(nodeName: String, isSpool: Bool) {
    self.nodeName = nodeName
    self.isSpool = isSpool
    askForList()
    phase = .list
  }

  /// Processes the answer to `cap`.
  mutating func readCapabilities(_ line: String) {
    if line.hasPrefix("#") { remember(line) }
    if line.split(separator: " ").dropFirst().contains("spool") { isSpool = true }
    if hasList {
      phase = .services
      ask()
    } else {
      if window.limit == 1 { askForList() }
      phase = .list
    }
  }

  /// Remembers a comment that the node sent in place of an answer. "Unknown command" explains nothing: it is how an old node answers `cap`.
  private mutating func remember(_ line: String) {
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

  /// Processes the answer to `list`.
  mutating func readList(_ line: String) throws(Failure) {
    if line.hasPrefix("#") {
      remember(line)
      if requiresTLS, let explanation { throw failure(explanation) }
      throw failure("expected a list of services, found '\(line.prefix(80))'")
    }
    remark = nil
    if isSpool {
      hasList = true
      return askForSpool()
    }
    let list =
      if let former = order.listed, former.line == line { former } else {
        ServiceNames(line, most: Bound.services)
      }
    faults += list.faults
    guard list.names.count <= Bound.services else {
      throw failure("more than \(Bound.services) services")
    }
    self.list = list
    services = list.names.map { PolledService(name: $0) }
    hasList = true
    if services.isEmpty, case .named(let name) = subject, name != nodeName {
      outgoing += "nodes\n".utf8
      phase = .nodes
      return
    }
    phase = .services
    plan()
    ask()
  }

  /// Processes a line of the answer to `nodes`, which ends with a dot, or is a refusal.
  mutating func readNode(_ line: String) {
    if line != ".", !line.hasPrefix("#"), nodes.count < Bound.services {
      nodes.append(line)
    } else {
      phase = .services
      ask()
    }
  }
}
