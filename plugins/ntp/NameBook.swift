internal import EventLoop
internal import PluginKit

/// Names of addresses and addresses of names, looked up beside the loop: no answer ever waits for DNS.
///
/// What is found stays for hours and is then looked up anew, the old answer serving meanwhile and afterwards, should the
/// new question fail. So a field does not change its name because a DNS server is away.
@LoopActor
final class NameBook {
  /// What a question is answered by.
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
    /// There is none, or nobody could tell.
    case none
    /// It is being looked up for the first time.
    case notYet
  }

  private struct Entry {
    var answer: [String]?
    var due: LoopClock.Instant
    var isUnderWay: Bool
  }

  /// How long an answer serves; and how soon a question without one is put again.
  static let keeping = Duration.seconds(6 * 3600)
  static let retrying = Duration.seconds(3600)
  private static let most = 512
  /// How long a resolver may think, which some do for half a minute.
  private static let patience = Duration.seconds(30)

  private let resolver: Resolver
  private let clock: LoopClock
  // A few threads of its own: a dead DNS server must not take those that others need.
  private lazy var threads = Blocking(threads: 4)
  private var entries: [Question: Entry] = [:]
  private var underWay = 0
  private var waiting: [Gate] = []

  nonisolated init(resolver: Resolver = .system, clock: LoopClock = .real) {
    self.resolver = resolver
    self.clock = clock
  }

  /// What is known; what is not, or not any more, is asked for.
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

  /// Waits until nothing is being looked up, but not long.
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
      let found = await threads.run(within: NameBook.patience, clock: clock) { find(question) }
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
  /// The names known to this process.
  @LoopActor
  var nameBook: NameBook { kept { NameBook() } }

  /// Asks for several things at once. Where the next question comes to the same process, what is not known yet will be
  /// known then; a process that answers once waits a little.
  @LoopActor
  func lookUp(_ questions: [NameBook.Question]) async -> [NameBook.Knowledge] {
    let book = nameBook
    let known = questions.map { book.knowledge(of: $0) }
    guard !isAskedAgain, known.contains(.notYet) else { return known }
    await book.settle(within: .milliseconds(1500))
    return questions.map { book.knowledge(of: $0) }
  }
}
