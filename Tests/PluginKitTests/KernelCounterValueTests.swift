import MuninWire
import PluginKit
import Testing

struct KernelCounterValueTests {
  private func counter(_ text: String) -> KernelCounter? { KernelCounter(text.utf8.span) }

  @Test(arguments: [
    "", "-", "--1", "+1", "1.5", "0x1", "18446744073709551616", "-9223372036854775809", "1 ",
  ])
  func otherTextIsNone(text: String) { #expect(counter(text) == nil) }

  @Test(arguments: ["0", "1", "-1", "4294967295", "18446744073709551615", "-9223372036854775808"])
  func aNumberIsSentAsItWasRead(text: String) throws {
    var reply = Reply()
    reply.value("a", try #require(counter(text)))
    #expect(reply.text == "a.value \(text)\n")
  }

  @Test(arguments: [
    ("5", "7", "12"), ("-5", "7", "2"), ("-5", "-7", "-12"), ("-5", "3", "-2"), ("0", "-0", "0"),
    ("18446744073709551615", "2", "1"),
  ])
  func sumsBeginAnew(left: String, right: String, sum: String) throws {
    #expect(try #require(counter(left)) + #require(counter(right)) == counter(sum))
  }

  @Test(
    arguments: [
      ("7", 100, 1000, "1"), ("4", 100, 1000, "0"), ("5", 100, 1000, "0"), ("-15", 100, 1000, "-2"),
      ("25", 100, 1000, "2"), ("-1050", 100, 1000, "-105"),
      ("18446744073709551615", 100, 100, "18446744073709551615"),
      ("18446744073709551615", 100, 1, "18446744073709551615"),
      ("-9223372036854775808", 100, 1, "-9223372036854775808"), ("-9", 1, 100, "0"),
    ] as [(String, UInt64, UInt64, String)])
  func scalingKeepsTheSign(text: String, by: UInt64, over: UInt64, expected: String) throws {
    #expect(try #require(counter(text)).scaled(by: by, over: over) == counter(expected))
  }

  @Test(
    arguments: [
      ("0", 0), ("2147483647", 2_147_483_647), ("4294967296", 4_294_967_296), ("-1", nil),
      ("4294967295", nil), ("18446744073709551615", nil),
    ] as [(String, UInt64?)])
  func anAmountIsNotBelowZero(text: String, amount: UInt64?) throws {
    #expect(try #require(counter(text)).amount == amount)
  }
}
