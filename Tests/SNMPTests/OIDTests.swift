import SNMP
import Testing

struct OIDTests {
  @Test func readsAndWritesItsText() {
    #expect(OID(".1.3.6.1")?.numbers == [1, 3, 6, 1])
    #expect(OID("1.3.4294967295")?.description == "1.3.4294967295")
    #expect(OID("1.3.6.1.2").flatMap { $0.hasPrefix("1.3.6") } == true)
    #expect(OID("1.3.61")!.hasPrefix("1.3.6") == false)
  }

  @Test(arguments: [
    "", ".", "1..3", "1.3.", "1.-3", "1.+3", "1.4294967296", "a", "1.3 ",
    String(repeating: "1.", count: 128) + "1",
  ])
  func refusesWhatIsNone(text: String) {
    #expect(OID(text) == nil)
  }
}
