import Testing
import Text

@Suite struct AmountGroupTests {
  @Test(
    arguments: [
      ([838_861, 1_048_576], "bytes", 1024, "0.8 MiB|1 MiB"),
      ([99, 98], "%", 1000, "99 %|98 %"), ([0.01, 0.02], "%", 1000, "0.01 %|0.02 %"),
      ([6.2, 5], "load", 1000, "6.2|5"), ([0.01, 10], "", 1000, "0.01|10"),
      ([12_345, 10_000], "", 1000, "12.35 k|10 k"),
      ([0.012, 0.01], "seconds", 1000, "12 ms|10 ms"),
      ([86_400, 7200], "seconds", 1000, "86400 s|7200 s"),
      ([10, 1_073_741_824], "bytes", 1024, "10 B|1 GiB"),
      ([0, 1_048_576], "bytes", 1024, "0 MiB|1 MiB"),
      ([100_000.4, 100_000], "load", 1000, "100.0004 k|100 k"),
      ([99.999, 100], "%", 1000, "99.999 %|100 %"),
      ([nil, 5], "%", 1000, "unknown|5 %"), ([5, 5], "%", 1000, "5 %|5 %"),
      (
        [1_500_000, 2_000_000], "bits in (-) / out (+) per ${graph_period}", 1000,
        "1.5 Mbit/s|2 Mbit/s"
      ),
      ([140, 50], "packets/minute", 1000, "140/min|50/min"), ([-0.0], "V", 1000, "0 V"),
      ([21.5, 30], "Celsius", 1000, "21.5 °C|30 °C"), ([97], "% busy", 1000, "97 %"),
      ([0.8, 1], "MB", 1024, "0.8 MB|1 MB"),
      ([12_000, 10_000], "GiB", 1000, "12000 GiB|10000 GiB"),
      ([0.8, 1], "Mbit/s", 1000, "0.8 Mbit/s|1 Mbit/s"),
      ([3, 2], "kB per second", 1000, "3 kB/s|2 kB/s"),
      ([0.02], "mV", 1000, "0.02 mV"), ([1.5], "Megabytes", 1000, "1.5 MB"),
      ([9], "us", 1000, "9 us"),
      // Words that are no units, and labels that say more than one.
      ([25, 20], "users", 1000, "25|20"), ([25, 20], "jobs", 1000, "25|20"),
      ([25, 20], "mb free", 1000, "25|20"), ([25, 20], "TB or GB", 1000, "25|20"),
      ([1e-14], "", 1000, "1e-14"), ([1e300], "%", 1000, "1e+300 %"),
    ] as [([Double?], String, Int, String)])
  func aValueAndItsLimitHaveOnePrefix(
    values: [Double?], label: String, base: Int, expected: String
  ) {
    let texts = Amount.texts(values, unit: AmountUnit(label: label), base: base)
    #expect(texts.joined(separator: "|") == expected)
  }

  @Test func aGraphWithoutScaleHasNoPrefixes() {
    let unit = AmountUnit(label: "bytes", isScaled: false)
    #expect(Amount.texts([1_048_576, 0.001], unit: unit, base: 1024) == ["1048576 B", "0.001 B"])
  }

  @Test func anyNumberHasAText() {
    let numbers: [Double?] = [
      nil, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude, 1e15,
      -1e-12, 0,
    ]
    for label in ["bytes", "%", "seconds", "", "/", "per", "(-) / (+)", "${graph_period}"] {
      for base in [1000, 1024] {
        for number in numbers {
          let texts = Amount.texts([number, 1], unit: AmountUnit(label: label), base: base)
          #expect(texts.count == 2 && texts.allSatisfy { !$0.isEmpty && $0.utf8.count < 50 })
        }
      }
    }
  }
}
