internal import EventLoop
internal import MuninWire
internal import PluginKit

/// Asks chronyd for everything that is shown, in three rounds of questions.
@LoopActor
struct ChronyDaemon {
  let asker: DatagramAsker
  /// Where it is asked, for messages.
  let place: String
  /// Whether it is the unix socket, which answers more.
  let isTrusted: Bool

  func snapshot(at now: Double) async throws(PluginError) -> NTPSnapshot {
    var account = ChronyAccount(place: place, isTrusted: isTrusted)
    try account.begin(with: await answers(to: account.firstQuestions()), at: now)
    account.addSources(from: try await answers(to: account.sourceQuestions()))
    account.addDetails(from: try await answers(to: account.detailQuestions()))
    return account.snapshot
  }

  private func answers(
    to questions: [ChronyQuestion]
  ) async throws(PluginError) -> [ChronyQuestion] {
    var questions = questions
    do throws(IOError) {
      try await asker.ask(&questions)
    } catch {
      throw PluginError(
        source: place, expected: "an answer of chronyd", found: error.cause,
        isTimeout: error == .timedOut)
    }
    return questions
  }
}

/// Makes the questions of each round and adds up the answers to a snapshot.
struct ChronyAccount {
  private(set) var snapshot: NTPSnapshot
  private let isTrusted: Bool
  /// The last question's sequence number. It starts at random, so that a forger cannot guess it.
  private var number = UInt32.random(in: 0...UInt32.max)
  private var count: UInt32 = 0
  /// The addresses of the associations that have one, and their places.
  private var addresses: [(place: Int, address: ChronyAddress)] = []

  /// A bound on the sources: a pool that is not resolved yet counts as several.
  private static let mostSources: UInt32 = 256

  init(place: String, isTrusted: Bool) {
    snapshot = NTPSnapshot(daemon: .chrony, version: "chronyd", place: place)
    snapshot.tellsDelays = isTrusted
    self.isTrusted = isTrusted
  }

  private mutating func questions(_ subjects: [ChronyQuestion.Subject]) -> [ChronyQuestion] {
    var questions: [ChronyQuestion] = []
    for subject in subjects {
      number &+= 1
      questions.append(ChronyQuestion(subject, sequence: number))
    }
    return questions
  }

  mutating func firstQuestions() -> [ChronyQuestion] {
    questions([.sourceCount, .tracking] + (isTrusted ? [.serverStatistics] : []))
  }

  /// - Parameter now: seconds since 1970.
  mutating func begin(with answers: [ChronyQuestion], at now: Double) throws(PluginError) {
    guard let sources = answers[0].answer([2: 4]) else { throw strange(answers[0]) }
    count = min(sources.bytes.span.longWord(at: 0), ChronyAccount.mostSources)
    guard let answer = answers[1].answer(ChronyTracking.replies) else { throw strange(answers[1]) }
    let tracking = ChronyTracking(answer.bytes.span)
    snapshot.tracking = tracking
    snapshot.system = tracking.system(at: now)
    if isTrusted, let answer = answers[2].answer(ChronyServerStatistics.replies) {
      snapshot.statistics = ChronyServerStatistics(reply: answer.reply, answer.bytes.span)
    }
  }

  mutating func sourceQuestions() -> [ChronyQuestion] {
    var subjects: [ChronyQuestion.Subject] = []
    for index in 0..<count {
      subjects.append(.source(index))
      subjects.append(.sourceStatistics(index))
    }
    return questions(subjects)
  }

  mutating func addSources(from answers: [ChronyQuestion]) {
    for index in 0..<Int(count) { addSource(answers[2 * index], answers[2 * index + 1], index) }
  }

  private mutating func addSource(
    _ source: ChronyQuestion, _ statistics: ChronyQuestion, _ index: Int
  ) {
    guard let answer = source.answer(Association.replies) else {
      // A source that was removed after the count is refused: not an error.
      if !source.isRefused {
        snapshot.troubles.append(
          "\(snapshot.place): expected source \(index), found no answer to use")
      }
      return
    }
    guard var association = Association(chrony: answer.bytes.span) else { return }
    let address = ChronyAddress(answer.bytes.span, at: 0)
    if let answer = statistics.answer(ChronySourceStatistics.replies) {
      let found = ChronySourceStatistics(answer.bytes.span)
      if association.kind == .clock || found.address == address { association.add(found) }
    }
    if association.kind != .clock { addresses.append((snapshot.associations.count, address)) }
    snapshot.associations.append(association)
  }

  /// Questions for the names in chronyd's settings; on the unix socket also for the last measurements.
  mutating func detailQuestions() -> [ChronyQuestion] {
    var subjects: [ChronyQuestion.Subject] = addresses.map { .sourceName($0.address) }
    if isTrusted { subjects += addresses.map { .measurement($0.address) } }
    return questions(subjects)
  }

  mutating func addDetails(from answers: [ChronyQuestion]) {
    for (number, (place, _)) in addresses.enumerated() {
      addName(answers[number], at: place)
      if isTrusted { addMeasurement(answers[addresses.count + number], at: place) }
    }
  }

  private mutating func addName(_ question: ChronyQuestion, at place: Int) {
    guard let answer = question.answer([19: 256]) else { return }
    let end = answer.bytes.firstIndex(of: 0) ?? answer.bytes.count
    let name = answer.bytes.span.plainText(0..<end)
    if !name.isEmpty, name != snapshot.associations[place].name {
      snapshot.associations[place].host = name
    }
  }

  private mutating func addMeasurement(_ question: ChronyQuestion, at place: Int) {
    // chronyd 4.3 sends it without the timestamp counts at the end.
    guard let answer = question.answer([16: 112, 26: 112]) else { return }
    snapshot.associations[place].add(measurement: answer.bytes.span)
  }

  private func strange(_ question: ChronyQuestion) -> PluginError {
    PluginError(
      source: snapshot.place,
      expected: "chronyd's answer to question \(question.subject.command)",
      found: question.outcomeText)
  }
}

extension ChronyQuestion {
  /// Whether chronyd said no.
  fileprivate var isRefused: Bool {
    if case .refused? = outcome { true } else { false }
  }

  /// Why there is no usable answer, for messages.
  fileprivate var outcomeText: String {
    guard let outcome else { return "no answer in time" }
    switch outcome {
    case .otherVersion: return "another version of the protocol than 6"
    case .refused(let status): return "status \(status)"
    case .answer(let reply, let bytes): return "reply \(reply) of \(bytes.count) bytes"
    }
  }
}

extension Association {
  /// Adds the reference and the delay of a source's last measurement.
  /// - Parameter data: at least 112 bytes.
  fileprivate mutating func add(measurement data: Span<UInt8>) {
    var name: [UInt8] = []
    for place in 56..<60 { name.append(data[place]) }
    if stratum == 1, name.allSatisfy({ $0 == 0 || (0x21...0x7E).contains($0) }) {
      name.removeAll { $0 == 0 }
      reference = String(copying: name.span)
    } else if name != [0, 0, 0, 0] {
      reference = name.map { String($0) }.joined(separator: ".")
    }
    if offset != nil { delay = data.chronyFloat(at: 76) }
  }
}
