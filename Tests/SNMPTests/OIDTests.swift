import SNMP
import Testing

struct OIDTests {
  /// A literal would be read by another initializer.
  private func read(_ text: String) -> OID? { OID(text) }

  @Test func readsAndWritesItsText() {
    #expect(read(".1.3.6.1")?.numbers == [1, 3, 6, 1])
    #expect(read("1.3.4294967295")?.description == "1.3.4294967295")
    #expect(read("1.3.6.1.2")?.hasPrefix("1.3.6") == true)
    #expect(read("1.3.61")?.hasPrefix("1.3.6") == false)
  }

  @Test(arguments: [
    "", ".", "1..3", "1.3.", "1.-3", "1.+3", "1.4294967296", "a", "1.3 ",
    String(repeating: "1.", count: 128) + "1",
  ])
  func refusesWhatIsNone(text: String) {
    #expect(read(text) == nil)
  }
}
