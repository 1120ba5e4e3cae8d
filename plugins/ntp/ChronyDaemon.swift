internal import EventLoop
internal import Glibc
internal import MuninWire
internal import PluginKit

/// Asks chronyd all that there is to know, in three rounds.
@LoopActor
struct ChronyDaemon {
  let asker: DatagramAsker
  /// Where it is asked, for messages.
  let place: String
  /// Whether it is the unix socket, which answers more.
  let isTrusted: Bool

  /// A pool that has not been resolved yet stands for several sources.
  static let mostSources = 256

  func snapshot(at now: Double) async throws(PluginError) -> NTPSnapshot {
    var snapshot = NTPSnapshot(daemon: .chrony, version: "chronyd", place: place)
    var sequence = UInt32.random(in: 0...UInt32.max)
    func questions(_ subjects: [ChronyQuestion.Subject]) -> [ChronyQuestion] {
      subjects.map {
        sequence &+= 1
        return ChronyQuestion($0, sequence: sequence)
      }
    }
    var first = questions([.sourceCount, .tracking] + (isTrusted ? [.serverStatistics] : []))
    try await ask(&first)
    let count = try number(of: first[0])
    guard let tracking = first[1].answer(ChronyTracking.replies) else { throw strange(first[1]) }
    let seen = ChronyTracking(tracking.bytes.span)
    snapshot.tracking = seen
    snapshot.system = seen.system(at: now)
    if isTrusted, let answer = first[2].answer(ChronyServerStatistics.replies) {
      snapshot.statistics = ChronyServerStatistics(reply: answer.reply, answer.bytes.span)
    }

    let indices = 0..<UInt32(min(count, ChronyDaemon.mostSources))
    var second = questions(
      indices.map { .source($0) } + indices.map { .sourceStatistics($0) })
    try await ask(&second)
    var addresses: [ChronyAddress] = []
    for (source, statistics) in zip(second, second[indices.count...]) {
      guard let answer = source.answer(Association.replies) else {
        // A source that went meanwhile is none.
        if case .refused? = source.outcome { continue }
        snapshot.troubles.append("\(place): no answer about source \(source.subject)")
        continue
      }
      guard var association = Association(chrony: answer.bytes.span) else { continue }
      let address = ChronyAddress(answer.bytes.span, at: 0)
      if let answer = statistics.answer(ChronySourceStatistics.replies) {
        let found = ChronySourceStatistics(answer.bytes.span)
        if association.kind == .clock || found.address == address { association.add(found) }
      }
      snapshot.associations.append(association)
      addresses.append(address)
    }
    try await askMore(of: addresses, about: &snapshot, questions)
    return snapshot
  }

  /// The names in the settings; and from the unix socket what was measured last.
  private func askMore(
    of addresses: [ChronyAddress], about snapshot: inout NTPSnapshot,
    _ questions: ([ChronyQuestion.Subject]) -> [ChronyQuestion]
  ) async throws(PluginError) {
    let places = snapshot.associations.indices.filter { snapshot.associations[$0].kind != .clock }
    var third = questions(places.map { .sourceName(addresses[$0]) })
    if isTrusted { third += questions(places.map { .measurement(addresses[$0]) }) }
    guard !third.isEmpty else { return }
    try await ask(&third)
    for (place, question) in zip(places, third) {
      guard let name = question.answer([19: 256])?.bytes else { continue }
      let text = name.span.plainText(0..<(name.firstIndex(of: 0) ?? name.count))
      if !text.isEmpty, text != snapshot.associations[place].name {
        snapshot.associations[place].host = text
      }
    }
    guard isTrusted else { return }
    for (place, question) in zip(places, third[places.count...]) {
      // 4.3 leaves out the kernel's counts at the end.
      guard let data = question.answer([16: 112, 26: 112])?.bytes else { continue }
      snapshot.associations[place].add(measurement: data.span)
    }
  }

  private func ask(_ questions: inout [ChronyQuestion]) async throws(PluginError) {
    do throws(IOError) {
      try await asker.ask(&questions)
    } catch {
      throw PluginError(source: place, expected: "an answer of chronyd", found: "\(error)")
    }
  }

  private func number(of question: ChronyQuestion) throws(PluginError) -> Int {
    guard let data = question.answer([2: 4])?.bytes else { throw strange(question) }
    return Int(data.span.longWord(at: 0))
  }

  private func strange(_ question: ChronyQuestion) -> PluginError {
    let found =
      switch question.outcome {
      case .otherVersion: "another version of the protocol than 6"
      case .refused(let status): "status \(status)"
      case .answer(let reply, let bytes): "reply \(reply) of \(bytes.count) bytes"
      case nil: "no answer in time"
      }
    return PluginError(
      source: place, expected: "chronyd's answer to question \(question.subject.command)",
      found: found)
  }
}

extension Association {
  /// Takes what a source's last measurement adds.
  /// - Parameter data: at least 112 bytes.
  fileprivate mutating func add(measurement data: Span<UInt8>) {
    let bytes = [56, 57, 58, 59].map { data[$0] }
    if let stratum, stratum <= 1, bytes.allSatisfy({ $0 == 0 || (0x21...0x7E).contains($0) }) {
      reference = String(copying: bytes.filter { $0 != 0 }.span)
    } else if bytes != [0, 0, 0, 0] {
      reference = bytes.map { String($0) }.joined(separator: ".")
    }
    if offset != nil { delay = data.chronyFloat(at: 76) }
  }
}
