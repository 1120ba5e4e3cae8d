import MuninWire
import Testing

@testable import Limits

@Suite struct LimitRangeTests {
  /// The ends of a range where field 1 has the value 200.
  private static func ends(_ text: String, max: Double? = nil, base: Int = 1000) throws -> String {
    let range = try LimitRange(text, max: max, base: base) { name in
      name == "total" ? Calculation(field: 1) : nil
    }
    let resolved = try #require(range.resolved { $0 == 1 ? 200 : nil })
    let low = resolved.lowest.map { "\($0)" } ?? ""
    return low + ":" + (resolved.highest.map { "\($0)" } ?? "")
  }

  @Test(arguments: [
    ("5", ":5.0"), ("-1e3:1e-3", "-1000.0:0.001"), (":", ":"), ("10% of total:", "20.0:"),
    ("90% of total", ":180.0"), ("50%:90%", "25.0:45.0"), ("50% of 16k", ":8000.0"),
    ("50% of 16Ki", ":8192.0"), ("5:3", "5.0:3.0"),
  ])
  func endsAreNumbersAtAPoll(text: String, ends: String) throws {
    #expect(try Self.ends(text, max: 50) == ends)
  }

  @Test func sizesCountAsTheGraphDoes() throws {
    #expect(try Self.ends("50% of 16G", base: 1024) == ":\(Double(8 << 30))")
  }

  @Test(arguments: [
    ("x", "expected a range of numbers, found 'x'"),
    ("1\u{7}\n2", "expected a range of numbers, found '1??2'"),
    (
      "92%",
      "'92%' is a share of the field's max, but the field has no max: write '92% of FIELD' or '92% of 16G'"
    ),
    ("92% of nothing", "'92% of nothing': unknown field 'nothing'"),
    (
      String(repeating: "é", count: 99),
      "expected a range of numbers, found '\(String(repeating: "é", count: 60))…'"
    ),
  ])
  func whatIsWrongIsSaid(text: String, message: String) {
    #expect(throws: LimitFault(message)) { try LimitRange(text) }
  }

  @Test func anUnknownFieldMakesTheRangeUnknown() throws {
    let range = try LimitRange("10% of total") { _ in Calculation(field: 1) }
    #expect(range.resolved { _ in nil } == nil)
    #expect(!range.isConstant)
    #expect(!range.isInverted)
  }

  @Test func theTextIsKept() throws {
    #expect(try "\(LimitRange("+5"))" == ":+5")
    #expect(try LimitRange("9:3").isInverted)
    #expect("\(LimitRange(low: 2.5, high: nil))" == "2.5:")
  }
}
