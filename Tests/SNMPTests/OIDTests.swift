import SNMP
import Testing

struct OIDTests {
  @Test func readsAndWritesItsText() {
    // Of a variable: a literal's text is taken without a question.
    let texts = [".1.3.6.1", "1.3.4294967295", "1.3.6.1.2", "1.3.61"]
    let read = texts.map { OID($0) }
    #expect(read[0]?.numbers == [1, 3, 6, 1])
    #expect(read[1]?.description == "1.3.4294967295")
    #expect(read[2]?.hasPrefix("1.3.6") == true)
    #expect(read[3]?.hasPrefix("1.3.6") == false)
  }

  @Test(arguments: [
    "", ".", "1..3", "1.3.", "1.-3", "1.+3", "1.4294967296", "a", "1.3 ",
    String(repeating: "1.", count: 128) + "1",
  ])
  func refusesWhatIsNone(text: String) {
    #expect(OID(text) == nil)
  }
}
