import Testing

@testable import Collector

@Suite struct AmountTests {
  @Test(
    arguments: [
      (0, "0"), (-0.0, "0"), (0.37, "0.37"), (0.00004, "0"), (0.0005, "0.0005"), (-0.25, "-0.25"),
      (1, "1"), (1.5, "1.5"), (12.345, "12.35"), (100, "100"), (9999, "9999"), (9999.5, "9999.5"),
      (10_000, "10k"), (12_345, "12.35k"), (-12_345, "-12.35k"), (1e6, "1M"), (2.5e9, "2.5G"),
      (1.8e19, "18E"), (1e24, "1000000E"),
    ] as [(Double, String)])
  func aNumberIsShort(value: Double, text: String) {
    #expect(Amount.text(value) == text)
  }

  @Test(
    arguments: [
      (1023, "1023"), (10_240, "10k"), (1_048_576, "1M"), (831_488, "812k"),
      (17_179_869_184, "16G"),
    ] as [(Double, String)])
  func aNumberOfBytesIsBinary(value: Double, text: String) {
    #expect(Amount.text(value, base: 1024) == text)
  }

  @Test(arguments: [
    (-5, "0 s"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (61, "1 min 1 s"), (3600, "1 h"),
    (3660, "1 h 1 min"), (3601, "1 h 1 s"), (273_600, "3 d 4 h"), (86_400, "1 d"),
  ])
  func aTimeHasTwoUnits(seconds: Int, text: String) {
    #expect(Amount.duration(seconds) == text)
  }
}
