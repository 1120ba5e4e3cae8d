/// Finds the services that break the conversation with a node, within one poll.
///
/// When a conversation breaks, the first unanswered request names the suspect. With several requests under way that is a
/// guess only: the node is asked again without it, and if that breaks too, one request at a time, the suspects last and
/// each alone. A break with nothing answered at all is the node's fault. Services are named by their place in the list.
struct BreakSearch: Sendable {
  /// How one conversation ended before all was answered.
  struct Break {
    /// Whose answer was due; `nil` before the first request, such as when the node could not be connected to.
    var service: Int?
    /// Whether nothing else was under way.
    var wasAlone = false
    /// How many replies this conversation brought.
    var answers: Int
    var reason: String
    /// Whether the node's time is up, or it sends without end.
    var isLast = false
  }

  enum Step { case askAgain, stop }

  /// Conversations in a row without an answer, after which it is the node's fault: fewer where nothing was answered before.
  private var silentLimit: Int { answers == 0 ? 3 : 8 }
  private static let breakLimit = 16

  /// Whether one request is made at a time from now on.
  private(set) var isSerial: Bool
  /// Whether a service answered when it was asked alone that had not answered together with others.
  private(set) var provesSerial = false
  /// Suspects that may be innocent.
  private(set) var guesses: [Int] = []
  /// Services that broke a conversation for certain.
  private(set) var broken: Set<Int> = []
  private(set) var reasons: [Int: String] = [:]
  /// Why the node stopped answering; `nil` when it was only services that broke the conversation.
  private(set) var trouble: String?
  private(set) var answers = 0
  /// Services that were asked alone, and after which nothing was answered yet: it may be the node.
  private var unconfirmed: [Int] = []
  private var breaks = 0
  private var silent = 0
  private var firstReason: String?

  init(isSerial: Bool) { self.isSerial = isSerial }

  /// A conversation broke.
  /// - Parameter open: the services that are not answered yet.
  mutating func add(_ end: Break, open: [Int]) -> Step {
    breaks += 1
    count(end.answers)
    firstReason = firstReason ?? end.reason
    acquit(open)
    if let service = end.service, !end.isLast || guesses.contains(service) {
      reasons[service] = reasons[service] ?? end.reason
      blame(service, isCertain: end.wasAlone && !end.isLast)
    }
    let sound = open.filter { !broken.contains($0) && !guesses.contains($0) }
    if sound.isEmpty, answers > 0, !isSerial || guesses.isEmpty {
      convict()
      return .stop
    }
    let isNothingLeft = sound.isEmpty && (!isSerial || guesses.isEmpty)
    if isNothingLeft || end.isLast || end.service == nil || silent >= silentLimit
      || breaks >= Self.breakLimit
    {
      // What happened since the last answer proves nothing about a service.
      for service in unconfirmed where broken.remove(service) != nil { guesses.append(service) }
      if !sound.isEmpty || answers == 0 {
        let first = firstReason ?? end.reason
        trouble = first == end.reason ? first : "\(first); asked again: \(end.reason)"
      }
      return .stop
    }
    return .askAgain
  }

  /// The last conversation ended in order.
  mutating func end(answers more: Int, open: [Int]) {
    count(more)
    acquit(open)
    convict()
  }

  private mutating func count(_ more: Int) {
    answers += more
    silent = more == 0 ? silent + 1 : 0
    if more > 0 { unconfirmed = [] }
  }

  private mutating func blame(_ service: Int, isCertain: Bool) {
    if isCertain {
      guesses.removeAll { $0 == service }
      broken.insert(service)
      unconfirmed.append(service)
    } else if !guesses.contains(service) {
      guesses.append(service)
      if guesses.count > 1 { isSerial = true }
    }
  }

  /// A suspect that was answered alone is innocent: the node cannot answer several requests.
  private mutating func acquit(_ open: [Int]) {
    guard isSerial, !guesses.isEmpty else { return }
    let count = guesses.count
    guesses.removeAll { !open.contains($0) }
    if guesses.count < count { provesSerial = true }
  }

  /// Everything else was answered without the suspect.
  private mutating func convict() {
    unconfirmed = []
    guard !isSerial else { return }
    broken.formUnion(guesses)
    guesses = []
  }
}
