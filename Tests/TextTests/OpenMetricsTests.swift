import Testing

@testable import Text

@Suite struct OpenMetricsTests {
  @Test(arguments: [
    ("web01", "{a=\"web01\"}"), ("a \"b\" \\ c\nd", "{a=\"a \\\"b\\\" \\\\ c\\nd\"}"),
    ("tab\tand \u{1} stay", "{a=\"tab\tand \u{1} stay\"}"), ("größe", "{a=\"größe\"}"),
    ("", "{a=\"\"}"),
  ])
  func labelsAreEscaped(value: String, text: String) {
    #expect(String(decoding: OpenMetrics.labels([("a", value)]), as: UTF8.self) == text)
  }

  @Test(
    arguments: [
      (0, "0"), (-3, "-3"), (0.5, "0.5"), (1e15, "1000000000000000"), (1e300, "1e+300"),
      (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e-5, "1e-05"),
    ] as [(Double, String)])
  func numbersAreOnesOfTheFormat(value: Double, text: String) {
    #expect(OpenMetrics.number(value) == text)
  }

  @Test func aFamilyHasItsHead() {
    var bytes: [UInt8] = []
    OpenMetrics.head("a_seconds", .gauge, unit: "seconds", help: "a \"b\"", to: &bytes)
    OpenMetrics.sample("a_seconds", [], 1.5, to: &bytes)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds a \\\"b\\\"\na_seconds 1.5\n"
    )
  }
}
