import Node

/// A conversation: what the node does must not depend on how the master's bytes are cut.
///
/// The input's first byte says how many bytes after it are the lengths of pieces; the rest is what the master says.
func feedDialogue(_ input: [UInt8]) {
  guard let count = input.first else { return }
  let cuts = input.dropFirst().prefix(Int(count) % 32).map { 1 + Int($0) * Int($0) }
  let said = Array(input.dropFirst(1 + Int(count) % 32))

  let whole = converse(said, cuts: [])
  check(whole, lines: said.count { $0 == 0x0A })
  for other in [converse(said, cuts: cuts), converse(said, cuts: [1])] {
    demand(other.steps == whole.steps, "pieces change the steps: \(other.steps), \(whole.steps)")
    demand(other.capabilities == whole.capabilities, "pieces change the capabilities")
  }
}

private struct Course {
  var steps: [Dialogue.Step] = []
  var capabilities = Capabilities()
}

/// - Parameter cuts: the lengths of the pieces, one after the other and again; empty: one piece.
private func converse(_ said: [UInt8], cuts: [Int]) -> Course {
  var dialogue = Dialogue(nodeName: "web01.example.com")
  var course = Course()
  var rest = said[...]
  var piece = 0
  while !rest.isEmpty {
    let length = cuts.isEmpty ? rest.count : cuts[piece % cuts.count]
    piece += 1
    dialogue.receive(Array(rest.prefix(length)).span)
    rest = rest.dropFirst(length)
    while let step = dialogue.next() { course.steps.append(step) }
  }
  dialogue.end()
  while let step = dialogue.next() { course.steps.append(step) }
  demand(dialogue.next() == nil, "something follows the end")
  course.capabilities = dialogue.capabilities
  return course
}

private func check(_ course: Course, lines: Int) {
  demand(course.steps.count <= lines + 2, "\(course.steps.count) steps for \(lines) lines")
  for (index, step) in course.steps.enumerated() {
    switch step {
    case .say(let text):
      demand(text.utf8.last == 0x0A, "says no whole line")
      demand(text != ".\n" && !text.utf8.contains(0x0D), "says a line that no master expects")
    case .fetch(let name), .config(let name):
      demand(!name.utf8.contains { $0 == 0x20 || $0 == 0x0A }, "a service's name has a blank")
    case .list(let host?):
      demand(!host.isEmpty && !host.utf8.contains { $0 <= 0x20 }, "a host's name has a blank")
    case .close:
      demand(index == course.steps.count - 1, "something follows the close")
    default: break
    }
  }
  guard case .close? = course.steps.last else { return demand(false, "ends without a close") }
}
