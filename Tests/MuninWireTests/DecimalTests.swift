import Foundation
import MuninWire
import TestSupport
import Testing

/// What C makes of it.
private func printed(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

@Test(
  arguments: [
    0, -0.0, 0.005, 0.015, 0.025, 0.125, 0.375, 1.005, 2.5, 3.5, 0.5, 99.995, 0.9999, -0.004, 1e15,
    123_456_789.125, 9_007_199_254_740_992, 1.8e19, 0.1, 1 / 3,
  ] as [Double])
func decimalsAreRoundedAsInC(value: Double) {
  for digits in 0...15 { #expect(formatted(value, digits: digits) == printed(value, digits)) }
}

@Test func randomDecimalsAreRoundedAsInC() {
  var random = Noise(3)
  for _ in 0..<20_000 {
    let value = Double.random(in: -1e6...1e6, using: &random)
    let digits = Int.random(in: 0...9, using: &random)
    #expect(formatted(value, digits: digits) == printed(value, digits))
    let tie = Double(Int.random(in: 0...9_999, using: &random)) / 8
    #expect(formatted(tie, digits: 2) == printed(tie, 2))
  }
}

@Test func hugeAndStrangeValuesAreWritten() {
  #expect(formatted(1e21, digits: 1) == "1000000000000000000000.0")
  #expect(formatted(-0x1p64, digits: 0) == "-18446744073709552000")
  #expect(formatted(.greatestFiniteMagnitude, digits: 2).utf8.count == 312)
  #expect(formatted(.nan, digits: 2) == "U")
  #expect(formatted(-.infinity, digits: 2) == "U")
}

@Test func integersAreWritten() {
  for value in [0, 9, 10, -1, Int.min, Int.max] {
    var bytes: [UInt8] = []
    appendDecimal(value, to: &bytes)
    #expect(String(copying: bytes.span) == String(value))
  }
  var bytes: [UInt8] = []
  appendDecimal(UInt64.max, to: &bytes)
  #expect(String(copying: bytes.span) == "18446744073709551615")
}

/// What munin compares is what C's `%.2f` writes, read again.
@Test(arguments: 1...8)
func roundingToHundredthsIsThatOfTheText(seed: UInt64) {
  var random = Noise(seed)
  for _ in 0..<5_000 {
    let bits = Double(bitPattern: random.next())
    let small = Double(Int64(truncatingIfNeeded: random.next()) >> (random.next() % 64)) / 1000
    for value in [bits, small] where value.isFinite && value.magnitude < 1e18 {
      #expect(roundedToHundredths(value) == Double(formatted(value, digits: 2)))
    }
  }
  for value in [0.005, 0.015, 0.025, 2.675, 1.005, -0.004, 0x1p46, 1e300, 5.015] {
    #expect(roundedToHundredths(value) == Double(formatted(value, digits: 2)))
  }
}
