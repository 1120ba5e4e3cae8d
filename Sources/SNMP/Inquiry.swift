/// The state of one inquiry: which objects are asked for, in how many requests, and what each answer changes. It sends
/// nothing itself.
///
/// At most two requests are made for each object, whatever the agent answers.
struct Inquiry {
  /// What is asked about each object.
  enum Question { case value, following }

  /// What ends an inquiry: an error status of the agent, or an answer that does not fit the request.
  enum Refusal: Error, Equatable {
    case status(String, OID?)
    case malformed(expected: String, found: String)
  }

  /// An agent's answer to one request.
  struct Answer: Equatable {
    var status: Int
    var index: Int
    var bindings: [SNMPBinding]
  }

  private let question: Question
  private let objects: [OID]
  private var found: [SNMPBinding?]
  /// Groups of objects that are still to be asked for, the next one last.
  private var waiting: [[Int]] = []

  /// - Parameter limit: the most objects in one request.
  init(_ question: Question, about objects: [OID], limit: Int) {
    self.question = question
    self.objects = objects
    found = Array(repeating: nil, count: objects.count)
    var start = 0
    while start < objects.count {
      let end = min(objects.count, start + max(1, limit))
      waiting.append(Array(start..<end))
      start = end
    }
    waiting.reverse()
  }

  /// The objects to ask for next; `nil` when all are known.
  var next: [OID]? { waiting.last.map { group in group.map { objects[$0] } } }

  /// All objects with their values, in the order asked.
  var bindings: [SNMPBinding] { found.map { $0! } }

  /// Takes the answer to ``next``.
  mutating func take(_ answer: Answer) throws(Refusal) {
    let group = waiting.last!
    let named = (1...group.count).contains(answer.index) ? answer.index - 1 : nil
    switch answer.status {
    case 0: try match(answer.bindings, with: group)
    case 1 where group.count > 1: halve()
    case 2:
      // v1 has no other status for a missing object (RFC 1157, section 4.1.2).
      guard let missing = named ?? (group.count == 1 ? 0 : nil) else { return separate() }
      miss(group[missing])
      waiting.removeLast()
      let others = group.filter { $0 != group[missing] }
      if !others.isEmpty { waiting.append(others) }
    default:
      // Where the agent does not name the object, each is asked for by itself to find the one at fault.
      if named == nil, group.count > 1, answer.status > 1 { return separate() }
      let culprit = named ?? (group.count == 1 ? 0 : nil)
      throw .status(Inquiry.word(for: answer.status), culprit.map { objects[group[$0]] })
    }
  }

  /// Asks for the objects of ``next`` in two requests.
  /// - Returns: how many are in the first; `nil` when there is nothing to halve.
  @discardableResult
  mutating func halve() -> Int? {
    let group = waiting.last!
    guard group.count > 1 else { return nil }
    let half = (group.count + 1) / 2
    waiting.removeLast()
    waiting.append(Array(group[half...]))
    waiting.append(Array(group[..<half]))
    return half
  }

  /// Asks for each object of ``next`` in a request of its own.
  private mutating func separate() {
    let group = waiting.removeLast()
    waiting += group.reversed().map { [$0] }
  }

  private mutating func miss(_ object: Int) {
    let value = question == .value ? SNMPValue.noSuchObject : .endOfView
    found[object] = SNMPBinding(objects[object], value)
  }

  private mutating func match(_ bindings: [SNMPBinding], with group: [Int]) throws(Refusal) {
    switch question {
    case .following:
      guard bindings.count == group.count else {
        throw .malformed(expected: "\(group.count) objects", found: "\(bindings.count)")
      }
      for (object, binding) in zip(group, bindings) { found[object] = binding }
    case .value:
      for (place, object) in group.enumerated() {
        let wanted = objects[object]
        // Some agents answer in another order.
        guard
          let binding = place < bindings.count && bindings[place].oid == wanted
            ? bindings[place] : bindings.first(where: { $0.oid == wanted })
        else {
          let instead = place < bindings.count ? "\(bindings[place].oid)" : "nothing"
          throw .malformed(expected: "a value of \(wanted)", found: instead)
        }
        found[object] = binding
      }
    }
    waiting.removeLast()
  }

  /// The names of RFC 3416, section 3.
  static func word(for status: Int) -> String {
    let words = [
      "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType",
      "wrongLength", "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue",
      "resourceUnavailable", "commitFailed", "undoFailed", "authorizationError", "notWritable",
      "inconsistentName",
    ]
    return words.indices.contains(status) ? words[status] : "of status \(status)"
  }
}
