@testable import Plugins

/// Datagrams out of an input: a byte says how long the next one is.
private func datagrams(_ input: [UInt8]) -> [[UInt8]] {
  var rest = input[...]
  var found: [[UInt8]] = []
  while let count = rest.popFirst() {
    found.append(Array(rest.prefix(Int(count))))
    rest = rest.dropFirst(Int(count))
  }
  return found
}

/// ntpd's answers in pieces, and the variables in them.
func feedNTPControl(_ input: [UInt8]) {
  var question = ControlQuestion(.readVariables, of: 5, sequence: 7)
  demand(question.request(attempt: 0).count % 4 == 0, "a request of odd length")
  for var datagram in datagrams(input) {
    // A right number, or nothing would ever be taken.
    if datagram.count > 4 { datagram.replaceSubrange(2..<4, with: [0, 7]) }
    let before = question.outcome
    let isTaken = question.take(datagram.span)
    demand(before == nil || (question.outcome == before && !isTaken), "a settled question changes")
  }
  if case .answer(let status, let bytes)? = question.outcome {
    demand(bytes.count <= 32 * 468, "an answer without a bound")
    check(bytes, status)
  }
  check(input, 0x9614)
}

private func check(_ text: [UInt8], _ status: UInt16) {
  let system = ControlSystem(status: status, text.span).system
  demand(system.stratum.map { (0...16).contains($0) } ?? true, "stratum \(system.stratum!)")
  demand(system.sinceSync.map { $0 >= 0 } ?? true, "corrected in the future")
  for value in [system.offset, system.jitter, system.rootDelay] {
    demand(value?.isFinite ?? true, "no number")
  }
  guard let peer = Association(status: status, text.span, clock: 4e9) else { return }
  demand(
    !peer.name.isEmpty && peer.name.utf8.allSatisfy { (0x20...0x7E).contains($0) },
    "name '\(peer.name)'")
  demand(peer.poll.map { $0 >= 1 } ?? true, "a poll interval below a second")
  for value in [peer.offset, peer.jitter, peer.delay, peer.age] {
    demand(value?.isFinite ?? true, "no number")
  }
  demand(peer.reach != 0 || peer.offset == nil, "an offset of a peer that does not answer")
  let field = NTPShape.field(of: peer.name)
  demand(field.hasPrefix("peer_") && field.utf8.count <= 128, "field '\(field)'")
}

/// chronyd's replies to each question.
func feedNTPChrony(_ input: [UInt8]) {
  var account = ChronyAccount(place: "fuzz", isTrusted: true)
  var replies = datagrams(input)[...]
  func answered(_ questions: [ChronyQuestion]) -> [ChronyQuestion] {
    var questions = questions
    for index in questions.indices {
      guard var reply = replies.popFirst() else { break }
      let asked = questions[index].request(attempt: 0)
      // What a reply must repeat of its question, or nothing would ever be taken.
      if reply.count >= 20 {
        reply.replaceSubrange(0..<2, with: [6, 2])
        reply.replaceSubrange(4..<6, with: asked[4..<6])
        reply.replaceSubrange(16..<20, with: asked[8..<12])
      }
      let isTaken = questions[index].take(reply.span)
      demand(isTaken == (reply.count >= 28), "a reply of \(reply.count) bytes")
    }
    return questions
  }
  let first = answered(account.firstQuestions())
  do { try account.begin(with: first, at: 1.8e9) } catch { return }
  account.addSources(from: answered(account.sourceQuestions()))
  account.addDetails(from: answered(account.detailQuestions()))
  let snapshot = account.snapshot
  demand(snapshot.associations.count <= 256, "\(snapshot.associations.count) sources")
  for peer in snapshot.associations {
    demand(!peer.name.isEmpty, "a source without a name")
    demand(
      peer.offset?.isFinite ?? true && peer.reach != 0 || peer.offset == nil,
      "an offset out of nothing")
  }
  _ = NTPTable.text(of: snapshot)
}

/// What comes over D-Bus, and timesyncd's message in it.
func feedNTPBus(_ input: [UInt8]) {
  var rest = input
  while let arrival = try? BusMessage.arrival(in: rest.span) {
    demand(
      arrival.length >= 16 && arrival.length <= rest.count, "a message of \(arrival.length) bytes")
    if case .value(let value)? = arrival.answer {
      for property in TimesyncAccount.properties.indices {
        var account = TimesyncAccount()
        account.take(value, of: property)
        var snapshot = NTPSnapshot(daemon: .timesyncd, place: "fuzz")
        account.complete(&snapshot, at: 1.8e9)
        _ = NTPTable.text(of: snapshot)
      }
    }
    rest.removeFirst(arrival.length)
  }
}
