internal import Inventory
internal import MuninWire

/// The answers of the services.
extension MasterDialogue {
  /// Parses one whole reply, if it is complete.
  mutating func reply(now: Int) throws(Failure) -> Bool {
    guard let end = try replyEnd() else { return false }
    let request = window.removeFirst()
    answers += 1
    progress += 1
    services[request.service].duration += Float(instant - waitsSince) / 1e9
    waitsSince = instant
    let buffer = self.buffer
    let bytes = buffer.span.extracting(start..<end.text)
    switch request.kind {
    case .config: readConfig(bytes, of: request.service, now: now)
    case .fetch: readValues(bytes, of: request.service, now: now)
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

  private mutating func readConfig(_ bytes: Span<UInt8>, of index: Int, now: Int) {
    let name = services[index].name
    let isFetched = work[index] == .both
    // Its values may be here: then they were the reason to ask.
    let hasValues = services[index].readTime != nil
    work[index] = isFetched ? .fetch : .none
    confirmed.insert(index)
    if let old = order.known[name], old.isSame(as: bytes) {
      if services[index].config == nil {
        faults += old.faults.map { "config \(name): \($0)" }
      }
      services[index].config = old
      if !isFetched, !hasValues, !order.fresh.contains(name) { fetch(index) }
      return
    }
    let answer = ConfigAnswer(bytes, service: name)
    faults += ServiceConfig.told(answer.faults).map { "config \(name): \($0)" }
    guard !answer.graphs.isEmpty else {
      let refusal =
        answer.refusal ?? (bytes.hasPrefix("# unknown plugin") ? .unknownService : nil)
      services[index].trouble = "no config (\(refusal.map { "\($0)" } ?? "empty"))"
      // A fetch that is under way is passed over, as if it had not been sent.
      work[index] = .none
      return
    }
    let config = ServiceConfig(bytes, answer, service: name)
    services[index].config = config
    if answer.hasReadings {
      services[index].readTime = now
      services[index].values = ServiceConfig.readings(of: answer)
    } else if hasValues {
      services[index].missing =
        config.fetchPattern.difference(from: services[index].values).missing
    } else if !isFetched {
      fetch(index)
    }
  }

  private mutating func fetch(_ service: Int) {
    work[service] = .fetch
    urgent.append((service, .fetch))
  }

  private mutating func readValues(_ bytes: Span<UInt8>, of index: Int, now: Int) {
    guard work[index] != .none, let config = services[index].config else { return }
    work[index] = .none
    if let plain = config.fetchPattern.match(bytes) {
      services[index].plain = plain
      services[index].readTime = now
      return
    }
    let name = services[index].name
    let answer = FetchAnswer(bytes, service: name)
    faults += ServiceConfig.told(answer.faults).map { "fetch \(name): \($0)" }
    // The config may have brought values where the last one did not.
    if services[index].readTime == nil || !answer.graphs.isEmpty {
      services[index].values = answer.graphs
    }
    let refusal = answer.refusal ?? (bytes.hasPrefix("# unknown plugin") ? .unknownService : nil)
    if let refusal {
      services[index].trouble = "no values (\(refusal))"
      // Nothing was read: a service that is fetched once a day is fetched again at the next poll.
      if answer.graphs.isEmpty { return }
    }
    services[index].readTime = now
    // The config of this poll says what it says; an older one may be out of date.
    if config.bringsValues { return }
    let difference = config.fetchPattern.difference(from: services[index].values)
    services[index].missing = difference.missing
    guard !confirmed.contains(index), order.configs.isNews(difference, of: name) else { return }
    work[index] = .config
    urgent.append((index, .config))
  }
}
