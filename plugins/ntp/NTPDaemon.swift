internal import EventLoop
internal import MuninWire
internal import PluginKit

/// Asks ntpd (classic or ntpsec) for everything that is shown, in two rounds of questions.
@LoopActor
struct NTPDaemon {
  let asker: DatagramAsker
  /// Where it is asked, for messages.
  let place: String

  /// A bound on the associations, since the length of the list comes from outside.
  static let mostAssociations = 128

  func snapshot() async throws(PluginError) -> NTPSnapshot {
    var numbers = Numbers()
    var first = [
      numbers.question(.readStatus), numbers.question(.readVariables, ControlSystem.variables),
    ]
    try await ask(&first)
    guard case .answer(_, let list)? = first[0].outcome else { throw strange(first[0]) }
    if case .refused(ControlQuestion.unknownVariable)? = first[1].outcome {
      // An old release does not know one of the names and refuses the whole question: ask for its default list.
      first = [first[0], numbers.question(.readVariables)]
      try await ask(&first)
    }
    guard case .answer(let status, let text)? = first[1].outcome else { throw strange(first[1]) }
    let own = ControlSystem(status: status, text.span)
    var snapshot = NTPSnapshot(
      daemon: .ntpd, version: own.version, place: place, system: own.system)

    var identifiers: [UInt16] = []
    for position in stride(from: 0, to: min(list.count, 4 * NTPDaemon.mostAssociations) - 3, by: 4)
    {
      identifiers.append(list.span.word(at: position))
    }
    // ntpsec lists the newest first; ntpq shows the reverse.
    if own.version?.contains(text: "ntpsec") == true { identifiers.reverse() }
    var second: [ControlQuestion] = []
    for identifier in identifiers {
      second.append(numbers.question(.readVariables, of: identifier, Association.variables))
    }
    try await ask(&second)
    var again: [ControlQuestion] = []
    for question in second
    where question.outcome == .refused(code: ControlQuestion.unknownVariable) {
      again.append(numbers.question(.readVariables, of: question.association))
    }
    try await ask(&again)
    for answer in second {
      let question = again.first { $0.association == answer.association } ?? answer
      switch question.outcome {
      case .answer(let status, let text):
        if let association = Association(status: status, text.span, clock: own.clock) {
          snapshot.associations.append(association)
        }
      // It was removed between the list and the question.
      case .refused(ControlQuestion.noSuchAssociation): break
      case .refused(let code):
        snapshot.troubles.append(
          "\(place): expected association \(question.association), found error \(code)")
      case nil:
        snapshot.troubles.append(
          "\(place): expected association \(question.association), found no answer in time")
      }
    }
    return snapshot
  }

  /// Sequence numbers. They start at random, so that a forger cannot guess them.
  private struct Numbers {
    private var last = UInt16.random(in: 0...UInt16.max)

    mutating func question(
      _ opcode: ControlQuestion.Opcode, of association: UInt16 = 0, _ variables: StaticString = ""
    ) -> ControlQuestion {
      last &+= 1
      return ControlQuestion(opcode, of: association, variables: variables, sequence: last)
    }
  }

  private func ask(_ questions: inout [ControlQuestion]) async throws(PluginError) {
    do throws(IOError) {
      try await asker.ask(&questions)
    } catch {
      throw PluginError(
        source: place, expected: "an answer of ntpd", found: error.cause,
        isTimeout: error == .timedOut)
    }
  }

  private func strange(_ question: ControlQuestion) -> PluginError {
    let found =
      switch question.outcome {
      case .refused(let code): "error \(code)"
      case .answer(_, let bytes): "\(bytes.count) bytes"
      case nil: "no answer in time"
      }
    return PluginError(
      source: place, expected: "ntpd's answer to question \(question.opcode.rawValue)",
      found: found)
  }
}
