import Testing

@testable import Polling

/// Stories of conversations with a node some of whose services break them.
@Suite struct BreakSearchTests {
  /// A node of services that are numbered from 0, as the search sees it.
  private struct Node {
    var services: Int
    /// Break each conversation.
    var bad: Set<Int> = []
    /// Only one request at a time is answered: the second of several is lost.
    var isSimple = false
    /// In which conversation it stops answering for good, counted from 1.
    var dies: Int?

    /// Polls it, and tells each conversation by the services that answered, and the verdict.
    func story(isSerial: Bool = false) -> String {
      var search = BreakSearch(isSerial: isSerial)
      var open = Array(0..<services)
      var lines: [String] = []
      while true {
        let late = search.isSerial ? search.suspects : []
        let skipped = search.isSerial ? search.broken : search.broken.union(search.suspects)
        let order = open.filter { !skipped.contains($0) && !late.contains($0) } + late
        var answered: [Int] = []
        var failed: Int?
        if dies.map({ lines.count + 1 >= $0 }) == true {
          lines.append("dead")
          guard search.add(.init(service: nil, answers: 0, reason: "dead"), open: open) == .askAgain
          else { break }
          continue
        }
        for (place, service) in order.enumerated() {
          let isTogether = isSimple && !search.isSerial && place > 0
          if bad.contains(service) || isTogether {
            failed = service
            break
          }
          answered.append(service)
        }
        open.removeAll { answered.contains($0) }
        lines.append(
          (search.isSerial ? "serial " : "") + answered.map(String.init).joined()
            + (failed.map { "!\($0)" } ?? ""))
        guard let failed else {
          search.end(answers: answered.count, open: open)
          break
        }
        let wasAlone = search.isSerial || late.contains(failed)
        let step = search.add(
          .init(service: failed, wasAlone: wasAlone, answers: answered.count, reason: "!\(failed)"),
          open: open)
        if step == .stop { break }
      }
      var verdict: [String] = []
      if !search.broken.isEmpty { verdict.append("broken \(search.broken.sorted())") }
      if !search.suspects.isEmpty { verdict.append("perhaps \(search.suspects.sorted())") }
      if search.provesSerial { verdict.append("one at a time") }
      if let trouble = search.trouble { verdict.append("trouble: \(trouble)") }
      return lines.joined(separator: ", ") + ": " + verdict.joined(separator: ", ")
    }
  }

  @Test func oneServiceIsFoundAtOnce() {
    #expect(Node(services: 5, bad: [2]).story() == "01!2, 34: broken [2]")
    #expect(Node(services: 5, bad: [0]).story() == "!0, 1234: broken [0]")
    #expect(Node(services: 5, bad: [4]).story() == "0123!4: broken [4]")
    #expect(
      Node(services: 5, bad: [2]).story(isSerial: true) == "serial 01!2, serial 34: broken [2]")
  }

  @Test func severalServicesAreFoundOneAtATime() {
    #expect(
      Node(services: 6, bad: [1, 3]).story()
        == "0!1, 2!3, serial 45!1, serial !3: broken [1, 3]")
    #expect(
      Node(services: 6, bad: [1, 3, 4]).story()
        == "0!1, 2!3, serial !4, serial 5!1, serial !3: broken [1, 3, 4]")
  }

  /// A service that answers alone is no cause of a break: it is the node that cannot answer several requests.
  @Test func aSimpleNodeIsNotTakenForABadService() {
    #expect(
      Node(services: 4, isSimple: true).story() == "0!1, 2!3, serial 13: one at a time")
    #expect(
      Node(services: 5, bad: [2], isSimple: true).story()
        == "0!1, !2, serial 341!2: broken [2], one at a time")
  }

  /// A node that answers nothing more is at fault, not the service whose turn it was.
  @Test func aDeadNodeBlamesNoService() {
    #expect(
      Node(services: 3, bad: [1], dies: 2).story()
        == "0!1, dead: perhaps [1], trouble: !1; asked again: dead")
    #expect(
      Node(services: 3, bad: [0, 1, 2]).story()
        == "!0, !1, serial !2: perhaps [0, 1, 2], trouble: !0; asked again: !2")
    #expect(
      Node(services: 4, bad: [0, 1, 2, 3]).story(isSerial: true)
        == "serial !0, serial !1, serial !2: perhaps [0, 1, 2], trouble: !0; asked again: !2")
  }

  /// Whatever breaks, as long as one service answers, every sound one is answered or the node is in trouble.
  @Test func soundServicesAreAnswered() {
    for mask in 0..<256 {
      let bad = Set((0..<8).filter { mask & (1 << $0) != 0 })
      for isSimple in [false, true] {
        let story = Node(services: 8, bad: bad, isSimple: isSimple).story()
        if story.contains("trouble") {
          // Nothing was answered in three conversations: the suspects are asked last in the next poll.
          #expect(bad.isSuperset(of: [0, 1]) && bad.count >= 3, "\(story)")
          continue
        }
        for service in 0..<8 where !bad.contains(service) {
          let answered = story.split(separator: ":")[0].replacing(#/!\d/#, with: "")
          #expect(answered.contains("\(service)"), "\(story)")
        }
        #expect(story.contains("broken \(bad.sorted())") || bad.isEmpty, "\(story)")
      }
    }
  }
}
