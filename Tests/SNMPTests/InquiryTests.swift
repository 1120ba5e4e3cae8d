import TestSupport
import Testing

@testable import SNMP

/// Inquiries with answers as they may come from anybody.
struct InquiryTests {
  private let objects = (1...12).map { OID([1, 3, 6, UInt32($0), 0]) }

  private func answer(_ status: Int, _ index: Int, _ bindings: [SNMPBinding] = [])
    -> Inquiry.Answer
  {
    Inquiry.Answer(status: status, index: index, bindings: bindings)
  }

  @Test func nothingAskedIsNothingFound() {
    let inquiry = Inquiry(.value, about: [], limit: 5)
    #expect(inquiry.next == nil)
    #expect(inquiry.bindings == [])
  }

  @Test(arguments: [1, 5, 12, Int.max, 0, -3])
  func theLimitHolds(limit: Int) throws {
    var inquiry = Inquiry(.value, about: objects, limit: limit)
    var largest = 0
    while let next = inquiry.next {
      largest = max(largest, next.count)
      try inquiry.take(answer(0, 0, next.map { SNMPBinding($0, .oid($0)) }))
    }
    #expect(largest == min(max(1, limit), 12))
    #expect(inquiry.bindings.map(\.value) == objects.map { .oid($0) })
  }

  @Test func anObjectAskedTwiceIsAnsweredTwice() throws {
    var inquiry = Inquiry(.value, about: [objects[0], objects[1], objects[0]], limit: 9)
    try inquiry.take(answer(2, 3))
    #expect(inquiry.next == [objects[0], objects[1]])
    try inquiry.take(
      answer(0, 0, [SNMPBinding(objects[0], .null), SNMPBinding(objects[1], .null)]))
    #expect(inquiry.bindings.map(\.value) == [.null, .null, .noSuchObject])
  }

  @Test func oneObjectTooBigIsAnError() {
    var inquiry = Inquiry(.value, about: [objects[0]], limit: 9)
    #expect(throws: Inquiry.Refusal.status("tooBig", objects[0])) {
      try inquiry.take(answer(1, 0))
    }
    #expect(inquiry.halve() == nil)
  }

  @Test func statusesThatSNMPDoesNotHaveAreErrors() {
    for (status, word) in [(-1, "of status -1"), (18, "inconsistentName"), (19, "of status 19")] {
      var inquiry = Inquiry(.value, about: objects, limit: 9)
      #expect(throws: Inquiry.Refusal.status(word, objects[0])) {
        try inquiry.take(answer(status, 1))
      }
    }
  }

  /// Whatever an agent says, it is over after two requests for each object, with a value for each or an error.
  @Test(arguments: 0..<2000)
  func anyAgentComesToAnEnd(seed: UInt64) {
    var noise = Noise(seed)
    var inquiry = Inquiry(
      Bool.random(using: &noise) ? .value : .following, about: objects,
      limit: Int.random(in: 1...20, using: &noise))
    var requests = 0
    while let next = inquiry.next {
      requests += 1
      guard requests <= 2 * objects.count else {
        Issue.record("no end")
        return
      }
      if Int.random(in: 0..<9, using: &noise) == 0, inquiry.halve() != nil { continue }
      let status = [0, 0, 1, 2, 2, 2, 5].randomElement(using: &noise)!
      let bindings = next.prefix(Int.random(in: next.count - 1...next.count, using: &noise))
      do {
        try inquiry.take(
          answer(
            status, Int.random(in: -1...14, using: &noise),
            bindings.map { SNMPBinding($0, .oid($0)) }))
      } catch { return }
    }
    #expect(inquiry.bindings.count == objects.count)
    for (object, binding) in zip(objects, inquiry.bindings) {
      #expect(binding.oid == object)
      #expect(binding.value == .oid(object) || binding.value.isMissing)
    }
  }
}
