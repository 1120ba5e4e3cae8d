internal import EventLoop

/// The addresses of nodes' names. Look-ups run on threads of their own, because a name server that does not answer keeps
/// a thread for many seconds.
///
/// A good answer is used for five minutes. After that a poll waits a second for a new one and then takes the old
/// addresses: a node stays reachable while the name server is not. That is logged once per name, and its end too.
@LoopActor
final class AddressBook {
  typealias LookUp = @Sendable (_ name: String, _ port: Int) -> Result<[SocketAddress], IOError>

  private static let lifetime = Duration.seconds(300)
  /// How long a poll waits for a look-up when it has old addresses.
  private static let refreshLimit = Duration.seconds(1)
  /// After that a look-up counts as failed. Its thread stays taken until the resolver returns.
  private static let lookUpLimit = Duration.seconds(60)

  private struct Name: Hashable {
    let host: String
    let port: Int
  }

  private final class Entry {
    var addresses: [SocketAddress] = []
    var found: LoopClock.Instant?
    var isFresh = false
    var failure: IOError?
    var isLookedUp = false
    /// Whether the log says that old addresses are used.
    var isTold = false
    var waiting: [Gate] = []
  }

  private let clock: LoopClock
  private let note: @Sendable (String) -> Void
  private let lookUp: LookUp
  private lazy var threads = Blocking(threads: 16)
  private var entries: [Name: Entry] = [:]

  /// - Parameter lookUp: asks the resolver, and may block.
  nonisolated init(
    clock: LoopClock, note: @escaping @Sendable (String) -> Void,
    lookUp: @escaping LookUp = AddressBook.askResolver
  ) {
    self.clock = clock
    self.note = note
    self.lookUp = lookUp
  }

  nonisolated static let askResolver: LookUp = { name, port in
    do throws(IOError) {
      return .success(try SocketAddress.resolve(host: name, port: port))
    } catch {
      return .failure(error)
    }
  }

  /// The addresses of a name, or of an address as text, which needs no look-up.
  /// - Parameter limit: how long to wait for the resolver.
  func addresses(
    of host: String, port: Int, within limit: Duration
  ) async throws(IOError) -> [SocketAddress] {
    if let numeric = try? SocketAddress(host: host, port: port) { return [numeric] }
    let name = Name(host: host, port: port)
    let entry = entries[name] ?? Entry()
    entries[name] = entry
    if let found = entry.found, entry.isFresh, found.duration(to: clock.now) < Self.lifetime {
      return entry.addresses
    }
    entry.isFresh = false
    startLookUp(of: name, entry)
    // Where there are old addresses the wait is short, and none while the resolver fails.
    if entry.addresses.isEmpty {
      await wait(for: entry, within: limit)
    } else if !entry.isTold {
      await wait(for: entry, within: min(limit, Self.refreshLimit))
    }
    if entry.isFresh { return entry.addresses }
    let failure =
      entry.isLookedUp
      ? IOError.unresolved(host: host, reason: "no answer within \(seconds(limit, entry)) s")
      : entry.failure ?? .unresolved(host: host, reason: "no answer")
    guard let found = entry.found, !entry.addresses.isEmpty else { throw failure }
    if !entry.isTold {
      entry.isTold = true
      let age = found.duration(to: clock.now).components.seconds / 60
      note("\(failure): using the addresses of \(age) min ago")
    }
    return entry.addresses
  }

  /// The addresses did not answer: the next poll looks them up again.
  func expire(_ host: String, port: Int) {
    entries[Name(host: host, port: port)]?.isFresh = false
  }

  private func seconds(_ limit: Duration, _ entry: Entry) -> Int64 {
    (entry.addresses.isEmpty ? limit : min(limit, Self.refreshLimit)).components.seconds
  }

  /// One look-up of a name at a time, however many polls want it.
  private func startLookUp(of name: Name, _ entry: Entry) {
    if entry.isLookedUp { return }
    entry.isLookedUp = true
    EventLoop.start { [self, lookUp, clock] in
      let result = await threads.run(within: Self.lookUpLimit, clock: clock) {
        lookUp(name.host, name.port)
      }
      store(result, of: name, entry)
    }
  }

  private func store(
    _ result: Result<[SocketAddress], IOError>?, of name: Name, _ entry: Entry
  ) {
    entry.isLookedUp = false
    switch result {
    case .success(let addresses) where !addresses.isEmpty:
      entry.addresses = addresses
      entry.found = clock.now
      entry.isFresh = true
      entry.failure = nil
      if entry.isTold { note("\(name.host): resolved again") }
      entry.isTold = false
    case .success: entry.failure = .unresolved(host: name.host, reason: "no address")
    case .failure(let error): entry.failure = error
    case nil:
      entry.failure = .unresolved(
        host: name.host,
        reason: "no answer within \(Self.lookUpLimit.components.seconds) s")
    }
    for gate in entry.waiting { gate.open() }
    entry.waiting = []
  }

  private func wait(for entry: Entry, within limit: Duration) async {
    guard entry.isLookedUp else { return }
    let gate = Gate()
    entry.waiting.append(gate)
    let timer = clock.schedule(at: clock.now.advanced(by: limit)) { gate.open() }
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { gate.open() }
    }
    timer.cancel()
    entry.waiting.removeAll { $0 === gate }
  }
}
