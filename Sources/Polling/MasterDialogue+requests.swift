internal import Inventory

/// What the services are asked for, and when.
extension MasterDialogue {
  /// What is left to do for a service.
  enum Work {
    /// Its config; a fetch follows where the reply says so.
    case config
    /// Its config, and its values together with it.
    case both
    case fetch
    case none
  }

  /// Decides what each service is asked for, as the order says.
  mutating func plan() {
    let asksAll = order.configs.asksAll(listing: list?.hash ?? 0)
    work = Array(repeating: .config, count: services.count)
    for index in services.indices {
      let name = services[index].name
      if order.leftOut.contains(name) {
        services[index].outcome = .leftOut
        work[index] = .none
        continue
      }
      if order.askedLast.contains(name) {
        last.append(index)
        isLast.insert(index)
      }
      guard let known = order.known[name] else { continue }
      let isFresh = order.fresh.contains(name)
      if asksAll || order.configs.isDue(name, known: known) {
        // A plugin whose config brings its values is not run a second time for them.
        if !isFresh, !known.bringsValues, !isLast.contains(index), window.limit > 1 {
          work[index] = .both
        }
        continue
      }
      services[index].config = known
      faults += known.faults.map { "config \(name): \($0)" }
      work[index] = isFresh ? .none : .fetch
      if !isFresh, !isLast.contains(index) { urgent.append((index, .fetch)) }
    }
  }

  /// Fills the window when half of it is free.
  mutating func ask() {
    guard window.isHalfFree else { return }
    if window.isEmpty { waitsSince = instant }
    while let request = nextRequest(), window.hasRoom(for: request) { send(request) }
    if window.isEmpty {
      phase = .done
      // munin-update sends the blank too.
      if !staysOpen { outgoing += "quit \n".utf8 }
    }
  }

  /// The request to send next. What a service that was asked already still needs comes first, so that few configs wait for their values.
  private mutating func nextRequest() -> RequestWindow.Request? {
    while nextUrgent < urgent.count {
      let (service, kind) = urgent[nextUrgent]
      // Since then it may have turned out that there is nothing to fetch.
      if work[service] != .none { return request(kind, for: service) }
      nextUrgent += 1
    }
    while nextService < services.count {
      if work[nextService] == .config || work[nextService] == .both,
        !skipped.contains(nextService), !isLast.contains(nextService)
      {
        return request(.config, for: nextService)
      }
      nextService += 1
    }
    // Only when all others are answered.
    guard nextLast < last.count, window.isEmpty else { return nil }
    return request(work[last[nextLast]] == .fetch ? .fetch : .config, for: last[nextLast])
  }

  private func request(
    _ kind: RequestWindow.Request.Kind, for service: Int
  ) -> RequestWindow.Request {
    let name = services[service].name
    let config = services[service].config ?? order.known[name]
    return RequestWindow.Request(
      kind: kind, service: service,
      // "config " or "fetch ", and the end of the line.
      size: name.utf8.count + (kind == .fetch ? 7 : 8),
      // Values need less room than their description.
      expected: config?.bytes.count ?? 4096, isAlone: isLast.contains(service))
  }

  private mutating func send(_ request: RequestWindow.Request) {
    let service = request.service
    if nextUrgent < urgent.count {
      nextUrgent += 1
    } else if nextService < services.count {
      nextService += 1
      if work[service] == .both {
        if window.limit > 1 { urgent.append((service, .fetch)) } else { work[service] = .config }
      }
    } else {
      nextLast += 1
      if work[service] == .both { work[service] = .config }
    }
    window.append(request)
    outgoing += request.kind == .config ? "config ".utf8 : "fetch ".utf8
    outgoing += services[service].name.utf8
    outgoing.append(0x0A)
  }
}
