/// Finds the services that break the conversation with a node, within one poll.
///
/// When a conversation breaks, the service of the first unanswered request becomes a suspect. With several requests under way it is
/// not certain that this one is the cause: the node is asked again without it, and if that breaks too, one request at a time, the
/// suspects last and each alone. A break with nothing answered at all is the node's fault. Services are named by their place in the list.
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
  /// Services that may be the cause of a break.
  private(set) var suspects: [Int] = []
  /// Services that certainly broke a conversation.
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
    removeAnsweredSuspects(open)
    if let service = end.service, !end.isLast || suspects.contains(service) {
      reasons[service] = reasons[service] ?? end.reason
      suspect(service, isCertain: end.wasAlone && !end.isLast)
    }
    let sound = open.filter { !broken.contains($0) && !suspects.contains($0) }
    if sound.isEmpty, answers > 0, !isSerial || suspects.isEmpty {
      confirmSuspects()
      return .stop
    }
    let isNothingLeft = sound.isEmpty && (!isSerial || suspects.isEmpty)
    if isNothingLeft || end.isLast || end.service == nil || silent >= silentLimit
      || breaks >= Self.breakLimit
    {
      // What happened since the last answer proves nothing about a service.
      for service in unconfirmed where broken.remove(service) != nil { suspects.append(service) }
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
    removeAnsweredSuspects(open)
    confirmSuspects()
  }

  private mutating func count(_ more: Int) {
    answers += more
    silent = more == 0 ? silent + 1 : 0
    if more > 0 { unconfirmed = [] }
  }

  private mutating func suspect(_ service: Int, isCertain: Bool) {
    if isCertain {
      suspects.removeAll { $0 == service }
      broken.insert(service)
      unconfirmed.append(service)
    } else if !suspects.contains(service) {
      suspects.append(service)
      if suspects.count > 1 { isSerial = true }
    }
  }

  /// Removes the suspects that were answered alone: it is the node that cannot answer several requests.
  private mutating func removeAnsweredSuspects(_ open: [Int]) {
    guard isSerial, !suspects.isEmpty else { return }
    let count = suspects.count
    suspects.removeAll { !open.contains($0) }
    if suspects.count < count { provesSerial = true }
  }

  /// Everything else was answered without the suspects: they are the cause.
  private mutating func confirmSuspects() {
    unconfirmed = []
    guard !isSerial else { return }
    broken.formUnion(suspects)
    suspects = []
  }
}
