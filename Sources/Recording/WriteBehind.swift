internal import Limits

/// The polls whose values are in the journal and not yet in their files, by node.
///
/// librrd opens and closes a file at each call, so that twelve values in one call cost little more than one. It decides
/// which nodes are due and writes nothing itself.
struct WriteBehind: Sendable {
  /// When the polls of a node are written.
  struct Rule: Sendable, Hashable {
    /// After so many polls.
    var polls: Int
    /// When the oldest of them is so many seconds old.
    var age: Int

    /// Whether rows wait over several processes, each of which takes a poll and ends: what a former one has left is not
    /// due at once, and when a node has its turn follows from its number and the time of day.
    var isKept = false

    /// At once.
    static let direct = Rule(polls: 1, age: 0)
  }

  private struct Pending: Sendable {
    var rows: [JournalRow] = []
    /// When the first of them came.
    var since: Int
    /// A node whose files could not be written is tried again then.
    var notBefore = Int.min
    /// How often in a row its files could not be written.
    var failures = 0
    /// So many polls are enough this time; `nil` for what the rule says.
    var polls: Int?
    /// Whether a former process has left some of them.
    var isRestored = false
  }

  private var nodes: [NodeNumber: Pending] = [:]
  /// How often each node was taken out to be written.
  private var rounds: [NodeNumber: Int] = [:]
  /// The nodes that have got a file which is not made yet.
  private var new: Set<NodeNumber> = []
  var rule: Rule
  /// What the rows hold, in bytes.
  private(set) var byteCount = 0
  /// How many rows wait.
  private(set) var rowCount = 0

  init(_ rule: Rule) { self.rule = rule }

  var isEmpty: Bool { nodes.isEmpty }

  /// When the oldest row came; `nil` without any.
  var oldest: Int? { nodes.values.lazy.map(\.since).min() }

  /// - Parameter now: when the row came.
  mutating func add(_ row: JournalRow, now: Int) {
    let polls = polls(of: row.node)
    add(row, to: Pending(since: now, polls: polls))
  }

  /// Adds what a former run has left: it is due at once, unless rows are kept.
  mutating func restore(_ row: JournalRow, now: Int) {
    // A damaged row may name any time.
    add(row, to: Pending(since: min(max(0, row.time), now), isRestored: true))
  }

  /// The next poll of a node has a file to make.
  mutating func expectFile(of node: NodeNumber) { new.insert(node) }

  private mutating func add(_ row: JournalRow, to pending: @autoclosure () -> Pending) {
    nodes[row.node, default: pending()].rows.append(row)
    byteCount += row.byteCount
    rowCount += 1
  }

  /// After so many polls a node is due. A dozen of kept ones come to an hour, when it has its turn anyway.
  private var enough: Int { rule.isKept ? rule.polls + 1 : rule.polls }

  /// The first poll is written at once: files are made, and what is wrong with them is told. The next time fewer polls than the
  /// rule's are enough, so that the nodes of a fleet are not written all at once for ever.
  private func polls(of node: NodeNumber) -> Int? {
    if rule.isKept { return new.contains(node) ? 1 : nil }
    return switch rounds[node] ?? 0 {
    case 0: 1
    case 1: 1 + Int(node.raw) % max(1, rule.polls)
    default: nil
    }
  }

  /// The nodes to write now, those that have waited longest first.
  /// - Parameter limit: when all rows together hold more bytes, nodes are due before their time until they fit.
  func due(now: Int, limit: Int = .max) -> [NodeNumber] {
    let able = nodes.filter { $0.value.notBefore <= now }
    var due = able.filter { isDue($1, of: $0, now: now) }
    if byteCount > limit { due = able }
    return due.sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }.map(\.key)
  }

  private func isDue(_ pending: Pending, of node: NodeNumber, now: Int) -> Bool {
    if pending.rows.count >= pending.polls ?? enough || now - pending.since >= rule.age {
      return true
    }
    guard rule.isKept else { return pending.isRestored }
    // A process knows nothing of the rounds before it: a node has its turn at the same minute of each hour.
    let turn = Int(node.raw) % rule.polls * (rule.age / rule.polls) - rule.age
    return (now - turn) / rule.age > (pending.since - turn) / rule.age
  }

  /// All nodes with rows.
  var all: [NodeNumber] { nodes.keys.sorted() }

  /// The newest row of each node.
  var newestRows: [JournalRow] { nodes.values.compactMap(\.rows.last) }

  /// Takes a node's rows out, in the order in which they came.
  mutating func take(_ node: NodeNumber) -> [JournalRow] {
    guard let pending = nodes.removeValue(forKey: node) else { return [] }
    rounds[node, default: 0] += 1
    new.remove(node)
    byteCount -= pending.rows.reduce(0) { $0 + $1.byteCount }
    rowCount -= pending.rows.count
    return pending.rows
  }

  /// Gives back what could not be written. It is due again after a pause that doubles up to ten minutes.
  /// - Parameter failures: how often in a row this has happened to the node before.
  mutating func giveBack(_ rows: [JournalRow], of node: NodeNumber, failures: Int, now: Int) {
    guard !rows.isEmpty else { return }
    var pending = nodes[node] ?? Pending(since: now)
    pending.rows = rows + pending.rows
    pending.failures = failures + 1
    pending.notBefore = now + min(600, 10 << min(failures, 6))
    nodes[node] = pending
    byteCount += rows.reduce(0) { $0 + $1.byteCount }
    rowCount += rows.count
  }

  /// How often in a row the node's files could not be written.
  func failures(of node: NodeNumber) -> Int { nodes[node]?.failures ?? 0 }
}
