import TestSupport
import Testing

@testable import Plugins

/// A datagram of ntpd.
func controlPiece(
  sequence: UInt16 = 7, opcode: UInt8 = 2, status: UInt16 = 0x0014, association: UInt16 = 0,
  offset: UInt16 = 0, more: Bool = false, error: Bool = false, first: UInt8 = 0x16, _ text: String
) -> [UInt8] {
  var bytes: [UInt8] = [first, 0x80 | (error ? 0x40 : 0) | (more ? 0x20 : 0) | opcode]
  for word in [sequence, status, association, offset, UInt16(text.utf8.count)] {
    bytes += [UInt8(word >> 8), UInt8(word & 0xFF)]
  }
  return bytes + Array(text.utf8)
}

struct ControlQuestionTests {
  private func asked(_ pieces: [[UInt8]], association: UInt16 = 0) -> ControlQuestion {
    var question = ControlQuestion(.readVariables, of: association, sequence: 7)
    _ = question.request(attempt: 0)
    for piece in pieces { _ = question.take(piece.span) }
    return question
  }

  private func text(_ question: ControlQuestion) -> String? {
    guard case .answer(_, let bytes)? = question.outcome else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func theRequestIsAsNtpqSendsIt() {
    var list = ControlQuestion(.readStatus, sequence: 1)
    #expect(list.request(attempt: 0) == [0x16, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    var stratum = ControlQuestion(.readVariables, of: 0x456A, variables: "stratum", sequence: 1)
    #expect(
      stratum.request(attempt: 0)
        == [0x16, 2, 0, 1, 0, 0, 0x45, 0x6A, 0, 0, 0, 7] + Array("stratum".utf8) + [0])
  }

  /// As measured with ntpsec 1.2.2: noise behind the counted bytes, and leap bits while it is not synchronised.
  @Test func anAnswerInOnePieceIsWhole() {
    #expect(text(asked([controlPiece("stratum=4\r\n") + [0x78]])) == "stratum=4\r\n")
    #expect(text(asked([controlPiece(first: 0xD6, "")])) == "")
  }

  @Test func piecesMayComeInAnyOrderAndTwice() {
    let a = controlPiece(offset: 0, more: true, "abc")
    let b = controlPiece(offset: 3, more: true, "defg")
    let c = controlPiece(offset: 7, "hi")
    for order in [[a, b, c], [c, b, a], [b, c, a], [a, a, c, c, b], [b, a, b, c]] {
      #expect(text(asked(order)) == "abcdefghi")
    }
    #expect(asked([a, c]).outcome == nil)
    #expect(asked([a, b]).outcome == nil)
    #expect(asked([b, c]).outcome == nil)
  }

  @Test func whatOverlapsOrLiesBehindTheEndIsDropped() {
    let a = controlPiece(offset: 0, more: true, "abc")
    let end = controlPiece(offset: 3, "def")
    for stray in [
      controlPiece(offset: 2, more: true, "XXX"), controlPiece(offset: 0, more: true, "XXXX"),
      controlPiece(offset: 1, more: true, "X"), controlPiece(offset: 2, "XX"),
    ] {
      #expect(text(asked([a, stray, end])) == "abcdef")
    }
    // An end that others lie behind is none.
    #expect(
      text(
        asked([
          controlPiece(offset: 3, more: true, "def"), controlPiece("abc"), a,
          controlPiece(offset: 6, ""),
        ]))
        == "abcdef")
    #expect(text(asked([end, controlPiece(offset: 6, more: true, "XXX"), a])) == "abcdef")
    #expect(text(asked([end, controlPiece(offset: 6, "XXX"), a])) == "abcdef")
  }

  @Test func whatBelongsToOthersIsNotTaken() {
    for stranger in [
      controlPiece(sequence: 8, "x"), controlPiece(opcode: 1, "x"),
      controlPiece(association: 9, "x"),
      controlPiece(first: 0x1E, "x"), controlPiece(first: 0x14, "x"),
      [0x16, 0x02] + controlPiece("x").dropFirst(2),
      Array(controlPiece("x").prefix(11)), [],
    ] {
      #expect(asked([stranger]).outcome == nil)
      #expect(text(asked([stranger, controlPiece("right")])) == "right")
    }
  }

  @Test func aCutDatagramIsNoPiece() {
    #expect(asked([Array(controlPiece("stratum=4").dropLast())]).outcome == nil)
    #expect(
      text(asked([Array(controlPiece("stratum=4").dropLast()), controlPiece("stratum=3")]))
        == "stratum=3")
  }

  @Test func anAnswerHasABound() {
    let piece = controlPiece(offset: 32 * 468 - 2, "abc")
    #expect(asked([piece]).outcome == nil)
    #expect(asked([controlPiece(offset: 65535, more: true, "abc")]).outcome == nil)
    // A thousand pieces of nothing keep nothing.
    #expect(
      asked(Array(repeating: controlPiece(offset: 5, more: true, ""), count: 1000)).outcome == nil)
  }

  /// As measured; and with the association of the question, or with none.
  @Test(arguments: [
    (UInt16(0x0500), UInt8(5)), (0x0400, 4), (0x0100, 1), (0x0000, 0), (0xFF00, 255),
  ])
  func refusalsAreTold(status: UInt16, code: UInt8) {
    for association in [UInt16(0), 0x456A] {
      let error = controlPiece(status: status, association: association, error: true, "")
      #expect(asked([error], association: 0x456A).outcome == .refused(code: code))
    }
    // With the bit for more pieces, or with text, it is one all the same.
    let odd = controlPiece(status: status, more: true, error: true, "sorry")
    #expect(asked([odd]).outcome == .refused(code: code))
    #expect(
      asked([controlPiece(more: true, "half"), controlPiece(status: status, error: true, "")])
        .outcome
        == .refused(code: code))
  }

  @Test func askedAgainItForgetsHalfAnAnswer() {
    var question = ControlQuestion(.readVariables, sequence: 7)
    _ = question.request(attempt: 0)
    _ = question.take(controlPiece(offset: 0, more: true, "old").span)
    _ = question.request(attempt: 1)
    _ = question.take(controlPiece(offset: 3, "def").span)
    #expect(question.outcome == nil)
    _ = question.take(controlPiece(offset: 0, more: true, "new").span)
    #expect(text(question) == "newdef")
  }

  @Test func noiseIsSurvived() {
    var noise = Noise(9327)
    for round in 0..<3000 {
      var question = ControlQuestion(.readVariables, of: 5, sequence: 7)
      for _ in 0..<Int.random(in: 1...12, using: &noise) {
        let sane = controlPiece(
          association: 5, offset: UInt16.random(in: 0...40, using: &noise),
          more: Bool.random(using: &noise),
          String(repeating: "x", count: Int.random(in: 0...20, using: &noise)))
        let bytes =
          round % 3 == 0
          ? noise.bytes(Int.random(in: 0...60, using: &noise))
          : round % 3 == 1 ? noise.damaged(sane) : sane
        _ = question.take(bytes.span)
      }
      if case .answer(_, let bytes)? = question.outcome { #expect(bytes.count <= 32 * 468) }
    }
  }
}
