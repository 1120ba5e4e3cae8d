internal import EventLoop
internal import PluginKit

/// Names of addresses and addresses of names, looked up on worker threads: no answer ever waits for DNS.
///
/// A result serves for hours. Then it is looked up again in the background, and the old one serves meanwhile, and also
/// afterwards when the look-up fails: a field does not change its name because a DNS server is down.
@LoopActor
final class NameBook {
  /// The function that looks names up; tests have their own.
  struct Resolver: Sendable {
    /// The one name of an address, or all addresses of a name; empty for none.
    var find: @Sendable (Question) -> [String]

    static let system = Resolver { question in
      switch question {
      case .name(let address):
        let found = try? SocketAddress(host: address, port: 0).hostName()
        return found.flatMap { $0 }.map { [$0] } ?? []
      case .addresses(let name):
        return (try? SocketAddress.resolve(host: name, port: 0))?.map(\.host) ?? []
      }
    }
  }

  enum Question: Hashable, Sendable {
    case name(of: String)
    case addresses(of: String)
  }

  enum Knowledge: Equatable {
    case known([String])
    /// There is no result, or the look-up failed.
    case none
    /// The first look-up has not ended.
    case notYet
  }

  private struct Entry {
    var answer: [String]?
    var due: LoopClock.Instant
    var isUnderWay: Bool
  }

  /// For how long a result serves, and after how long a look-up without a result is repeated.
  static let keeping = Duration.seconds(6 * 3600)
  static let retrying = Duration.seconds(3600)
  private static let most = 512
  /// How long a look-up may take: resolvers with several dead servers take half a minute.
  private static let limit = Duration.seconds(30)

  private let resolver: Resolver
  private let clock: LoopClock
  // Its own threads, so that a dead DNS server does not block the shared ones.
  private lazy var threads = Blocking(threads: 4)
  private var entries: [Question: Entry] = [:]
  private var underWay = 0
  private var waiting: [Gate] = []

  nonisolated init(resolver: Resolver = .system, clock: LoopClock = .real) {
    self.resolver = resolver
    self.clock = clock
  }

  /// What is known. Starts a look-up where there is no result or an old one.
  func knowledge(of question: Question) -> Knowledge {
    guard let entry = entries[question] else {
      if entries.count >= NameBook.most { forgetOldest() }
      lookUp(question, Entry(answer: nil, due: clock.now, isUnderWay: true))
      return .notYet
    }
    if !entry.isUnderWay, entry.due <= clock.now { lookUp(question, entry) }
    guard let answer = entry.answer else { return .notYet }
    return answer.isEmpty ? .none : .known(answer)
  }

  /// Waits until all look-ups have ended, for at most `limit`.
  func settle(within limit: Duration) async {
    guard underWay > 0 else { return }
    let gate = Gate()
    waiting.append(gate)
    let timer = clock.schedule(at: clock.now.advanced(by: limit)) { gate.open() }
    await gate.wait()
    timer.cancel()
  }

  private func lookUp(_ question: Question, _ old: Entry) {
    entries[question] = Entry(answer: old.answer, due: old.due, isUnderWay: true)
    underWay += 1
    EventLoop.start { [self] in
      let find = resolver.find
      let found = await threads.run(within: NameBook.limit, clock: clock) { find(question) }
      let old = entries[question]?.answer
      let isFound = found?.isEmpty == false
      entries[question] = Entry(
        answer: isFound ? found : old ?? [],
        due: clock.now.advanced(by: isFound ? NameBook.keeping : NameBook.retrying),
        isUnderWay: false)
      underWay -= 1
      guard underWay == 0 else { return }
      let waiters = waiting
      waiting = []
      for gate in waiters { gate.open() }
    }
  }

  private func forgetOldest() {
    let settled = entries.filter { !$0.value.isUnderWay }
    if let oldest = settled.min(by: { $0.value.due < $1.value.due }) { entries[oldest.key] = nil }
  }
}

extension Host {
  /// The name book of this process.
  @LoopActor
  var nameBook: NameBook { kept { NameBook() } }

  /// Looks several names up at once. In the node it does not wait: the result serves the next question. A process that
  /// answers only once waits for a moment.
  @LoopActor
  func lookUp(_ questions: [NameBook.Question]) async -> [NameBook.Knowledge] {
    let book = nameBook
    let known = questions.map { book.knowledge(of: $0) }
    guard !isAskedAgain, known.contains(.notYet) else { return known }
    await book.settle(within: .milliseconds(1500))
    return questions.map { book.knowledge(of: $0) }
  }
}
