import TestSupport
import Testing

@testable import Plugins

/// Bytes written in hexadecimal, blanks and line ends wherever they please.
func bytes(_ text: String) -> [UInt8] {
  let digits = Array(text.utf8.filter { $0 > 0x20 })
  return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
    UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
  }
}

/// Replies of chronyd 4.3, as measured, to questions of the number 01020304.
enum ChronySample {
  static let count = bytes(
    "06020000 000e0002 00000000 00000000 01020304 00000000 00000000 0000000a")
  static let source = bytes(
    """
    06020000 000f0003 00000000 00000000 01020304 00000000 00000000
    7f000001 00000000 00000000 00000000 00010000 00000008 00000000 000000ff 00000001 d529406b d16d3ac8 deaf0c08
    """)
  static let silent = bytes(
    """
    06020000 000f0003 00000000 00000000 01020304 00000000 00000000
    7f000009 00000000 00000000 00000000 00010000 00050000 00010000 00000000 ffffffff 00000000 00000000 00000000
    """)
  static let unresolved = bytes(
    """
    06020000 000f0003 00000000 00000000 01020304 00000000 00000000
    00000001 00000000 00000000 00000000 00030000 00050000 00010000 00000000 ffffffff 00000000 00000000 00000000
    """)
  static let tracking = bytes(
    """
    06020000 00210005 00000000 00000000 01020304 00000000 00000000
    7f000001 7f000001 00000000 00000000 00000000 00010000 00090000 00000000 6b00e534 0a93c1ff
    dd2b1353 d54df18a da98d779 f8dfc425 f92b97a4 fcb57ec8 e0acb465 dcc25157 0480cafa
    """)
  static let unauthorized = bytes("06020000 00390001 00020000 00000000 01020304 00000000 00000000")
}

struct ChronyQuestionTests {
  private func asked(
    _ subject: ChronyQuestion.Subject, _ reply: [UInt8], sequence: UInt32 = 0x0102_0304
  ) -> ChronyQuestion {
    var question = ChronyQuestion(subject, sequence: sequence)
    _ = question.take(reply.span)
    return question
  }

  private func source(_ data: [UInt8]) -> Association? { Association(chrony: data.span) }

  private func close(_ found: Double?, _ wanted: Double) -> Bool {
    found.map { abs($0 - wanted) <= abs(wanted) * 1e-4 } ?? false
  }

  /// A request that is shorter than its answer gets none.
  @Test func requestsAreAsLongAsTheirAnswers() {
    let address = ChronyAddress(ChronySample.source.span, at: 28)
    for (subject, size) in [
      (ChronyQuestion.Subject.sourceCount, 32), (.source(3), 76), (.tracking, 104),
      (.sourceStatistics(3), 84),
      (.serverStatistics, 196), (.measurement(address), 172), (.sourceName(address), 284),
    ] {
      #expect(ChronyQuestion(subject, sequence: 1).request(attempt: 0).count == size)
    }
    #expect(
      Array(
        ChronyQuestion(.source(0x0102_0304), sequence: 0xAABB_CCDD).request(attempt: 1).prefix(28))
        == bytes("06010000 000f0001 aabbccdd 00000000 00000000 01020304 00000000"))
  }

  /// The examples of the reference: chrony's util.c agrees.
  @Test(arguments: [
    ("00000000", 0), ("04800000", 1), ("03000000", -1), ("02800000", 0.5), ("06800000", 2),
    ("0d760000", -17.25),
    ("14960000", 300), ("ea80f990", 0.000123), ("eb7f0670", -0.000123), ("c889705f", 1e-9),
  ])
  func floatsAreRead(hex: String, value: Double) {
    let found = bytes(hex).span.chronyFloat(at: 0)
    #expect(abs(found - value) <= abs(value) * 1e-6)
  }

  @Test func aSourceIsRead() throws {
    let answer = try #require(asked(.source(0), ChronySample.source).answer(Association.replies))
    let found = try #require(source(answer.bytes))
    #expect(
      found.name == "127.0.0.1" && found.stratum == 8 && found.poll == 1 && found.reach == 255)
    #expect(found.selection == .systemPeer && found.kind == .unicast && found.age == 1)
    // chronyd says that this machine is behind by 17 ns; so the source is ahead by as much.
    #expect(close(found.offset, 1.7086e-08))
  }

  @Test func aSourceThatWasNeverHeardHasNoNumbers() throws {
    let answer = try #require(asked(.source(1), ChronySample.silent).answer(Association.replies))
    let found = try #require(source(answer.bytes))
    #expect(found.name == "127.0.0.9" && found.selection == .reject && found.reach == 0)
    #expect(found.offset == nil && found.age == nil && found.stratum == 16)
  }

  @Test func aNameWithoutAnAddressIsNoSource() throws {
    let answer = try #require(
      asked(.source(2), ChronySample.unresolved).answer(Association.replies))
    #expect(source(answer.bytes) == nil)
  }

  @Test func theTrackingIsRead() throws {
    let answer = try #require(
      asked(.tracking, ChronySample.tracking).answer(ChronyTracking.replies))
    let tracking = ChronyTracking(answer.bytes.span)
    #expect(tracking.stratum == 9 && tracking.leap == 0 && tracking.address == "127.0.0.1")
    #expect(close(tracking.correction, -1.5864e-06) && close(tracking.lastOffset, -8.2914e-08))
    #expect(close(tracking.rmsOffset, 5.6938e-07) && close(tracking.frequency, 0.027315))
    #expect(close(tracking.residual, -0.025929) && close(tracking.skew, 0.088621))
    #expect(close(tracking.rootDelay, 5.1470e-06) && close(tracking.rootDispersion, 1.4478e-06))
    let system = tracking.system(at: Double(0x6B00_E534) + 5)
    #expect(close(system.offset, -1.5864e-06) && system.stratum == 9)
    #expect(system.sinceSync.map { abs($0 - 4.8226) < 0.001 } == true)
    // The kernel's sign: what gains is made slower.
    #expect(close(system.frequency, -0.027315))
  }

  @Test func anUnsynchronisedClockHasNoOffset() {
    var reply = ChronySample.tracking
    reply.replaceSubrange(28 + 24..<28 + 28, with: [0, 0, 0, 3])
    let data = Array(reply[28...])
    let system = ChronyTracking(data.span).system(at: 2e9)
    #expect(system.offset == nil && system.stratum == 16 && system.leap == 3)
  }

  @Test func theSignsOfBothDaemonsAreOne() throws {
    // One server that is ahead by 0.25 s. ntpd says offset=250; chronyd that this machine is ahead by -0.25 s.
    let text = Array("srcadr=10.0.0.1,reach=0x1,offset=250.0".utf8)
    let ntpd = Association(status: 0x9600, text.span, clock: nil)
    var reply = ChronySample.source
    reply.replaceSubrange(28 + 40..<28 + 44, with: bytes("ff000000"))
    #expect(reply.span.chronyFloat(at: 68) == -0.25)
    let chrony = try #require(source(Array(reply[28...])))
    #expect(ntpd?.offset == 0.25 && chrony.offset == 0.25)
  }

  @Test func statesAreTranslated() throws {
    for (wire, munin, tally) in [
      (0, 6, "*"), (1, 0, " "), (2, 1, "x"), (3, 2, "."), (4, 5, "+"), (5, 4, "-"), (6, 0, " "),
      (65535, 0, " "),
    ] {
      var reply = ChronySample.source
      reply.replaceSubrange(28 + 24..<28 + 26, with: [UInt8(wire >> 8), UInt8(wire & 255)])
      let found = try #require(source(Array(reply[28...])))
      #expect(found.selection?.rawValue == munin && found.selection?.tally == Character(tally))
    }
  }

  @Test func refusalsAndOtherVersionsAreTold() {
    let address = ChronyAddress(ChronySample.source.span, at: 28)
    #expect(asked(.measurement(address), ChronySample.unauthorized).outcome == .refused(status: 2))
    var old = ChronySample.count
    old[0] = 5
    #expect(asked(.sourceCount, old).outcome == .otherVersion)
    var told = ChronySample.count
    told[9] = 18
    #expect(asked(.sourceCount, told).outcome == .otherVersion)
  }

  @Test func whatBelongsToOthersIsNotTaken() {
    #expect(asked(.sourceCount, ChronySample.count, sequence: 5).outcome == nil)
    #expect(asked(.tracking, ChronySample.count).outcome == nil)
    #expect(asked(.sourceCount, Array(ChronySample.count.prefix(27))).outcome == nil)
    #expect(asked(.sourceCount, []).outcome == nil)
    // A question that comes back is no answer.
    var echo = ChronySample.count
    echo[1] = 1
    #expect(asked(.sourceCount, echo).outcome == nil)
  }

  @Test func aCutReplyBringsNothing() {
    for size in 28..<76 {
      #expect(
        asked(.source(0), Array(ChronySample.source.prefix(size))).answer(Association.replies)
          == nil)
    }
    // More than is known is fine.
    #expect(asked(.source(0), ChronySample.source + [1, 2, 3]).answer(Association.replies) != nil)
    // Another reply than the question's is none.
    var other = ChronySample.source
    other[7] = 9
    #expect(asked(.source(0), other).answer(Association.replies) == nil)
  }

  @Test func serverStatisticsOfAllAgesAreRead() {
    func numbers(_ words: Int) -> [UInt8] { (1...words).flatMap { [0, 0, 0, UInt8($0)] } }
    let old = ChronyServerStatistics(reply: 14, numbers(5).span).counts.map(\.count)
    #expect(old == [1, 3, 2, 4, 5])
    let three = ChronyServerStatistics(reply: 24, numbers(11).span).counts.map(\.count)
    #expect(three == [1, 4, 3, 6, 7, 2, 5, 8])
    let wide: [UInt8] = (1...21).flatMap { number -> [UInt8] in
      [0, 0, 0, 1, 0, 0, 0, UInt8(number)]
    }
    let four = ChronyServerStatistics(reply: 25, wide.span).counts.map(\.count)
    #expect(four == [1, 4, 3, 6, 7, 2, 5, 8].map { (1 << 32) + $0 })
  }

  @Test func addressesAreWritten() {
    func text(_ hex: String) -> String? { ChronyAddress(bytes(hex).span, at: 0).text }
    #expect(text("cb00710b 00000000 00000000 00000000 00010000") == "203.0.113.11")
    #expect(text("20010db8 00000000 00000000 00000011 00020000") == "2001:db8::11")
    #expect(text("00000001 00000000 00000000 00000000 00030000") == nil)
    #expect(text("00000001 00000000 00000000 00000000 ffff0000") == nil)
  }

  @Test func noiseIsSurvived() {
    var noise = Noise(323)
    let samples = [
      ChronySample.count, ChronySample.source, ChronySample.tracking, ChronySample.silent,
    ]
    for round in 0..<4000 {
      let sample = samples[round % samples.count]
      let reply =
        round % 5 == 0 ? noise.bytes(Int.random(in: 0...120, using: &noise)) : noise.damaged(sample)
      for subject in [ChronyQuestion.Subject.sourceCount, .source(0), .tracking] {
        let question = asked(subject, reply)
        if let answer = question.answer(Association.replies), let found = source(answer.bytes) {
          #expect(!found.name.isEmpty && found.offset?.isNaN != true)
        }
        if let answer = question.answer(ChronyTracking.replies) {
          let system = ChronyTracking(answer.bytes.span).system(at: 1.8e9)
          #expect((1...16).contains(system.stratum ?? 1))
        }
      }
    }
  }
}
