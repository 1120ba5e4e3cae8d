import Limits
import Testing

/// What a value usually is, and values that have nearly reached a limit.
@Suite struct UsualRangeTests {
  @Test func onlyWhatIsFarOutIsUnusual() throws {
    let usual = try #require(UsualRange((0..<18).map { 10 + Double($0 % 5) }))
    #expect(usual.low == 10 && usual.high == 14 && usual.median == 12)
    #expect(usual.excess(of: 12) == nil && usual.excess(of: 15.9) == nil)
    #expect(usual.excess(of: 30) != nil && usual.excess(of: 1) != nil)
    #expect(try #require(usual.excess(of: 90)) > usual.excess(of: 30)!)
    #expect(usual.excess(of: .nan) == nil && usual.excess(of: .infinity) == nil)
  }

  @Test func fewOrNoValuesSayNothing() {
    #expect(UsualRange(Array(repeating: 1, count: 7)) == nil)
    #expect(UsualRange(Array(repeating: .nan, count: 70)) == nil)
    #expect(UsualRange(Array(repeating: 1, count: 8)) != nil)
  }

  /// A quarter more of what never moves is not worth a word.
  @Test func aConstantNeedsAQuarter() throws {
    let usual = try #require(UsualRange(Array(repeating: 100, count: 18)))
    #expect(usual.isConstant)
    #expect(usual.excess(of: 120) == nil && usual.excess(of: 130) != nil)
  }

  @Test(
    arguments: [
      (":100", 94, nil), (":100", 95, true), (":100", 100, true), (":100", 101, nil),
      ("10:", 10.5, true), ("10:", 11, nil), ("10:", 9, nil), ("0:100", 4, true),
      ("0:100", 50, nil), ("0:100", 96, true), (":0", 0, nil), ("-10:", -9.6, true),
    ] as [(String, Double, Bool?)])
  func aValueIsNearItsLimit(range: String, value: Double, isNear: Bool?) throws {
    var rules = SeriesRules(warning: LevelRule(try LimitRange(range)))
    #expect((rules.near(value) { _ in nil } != nil) == (isNear ?? false))
    rules.isState = true
    #expect(rules.near(value) { _ in nil } == nil)
  }

  @Test func nearnessIsByTheWarningElseByCritical() throws {
    var rules = SeriesRules(critical: LevelRule(try LimitRange(":100")))
    #expect(rules.near(97) { _ in nil } == NearLimit(high: 100))
    rules.warning = LevelRule(try LimitRange(":50"))
    #expect(rules.near(48) { _ in nil } == NearLimit(high: 50))
    #expect(rules.near(97) { _ in nil } == nil)
    #expect(SeriesRules().near(97) { _ in nil } == nil)
  }
}
