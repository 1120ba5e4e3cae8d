import Foundation
import Testing
import Text

@Suite struct JSONTests {
  @Test(arguments: [
    0, 1e300, -1e-300, Double.leastNonzeroMagnitude, 0.1, 1e16, 123_456_789_012_345_680, -0.0,
  ])
  func numbersStayExact(value: Double) throws {
    var json = JSON()
    json.object { $0.member("value", value) }
    let read = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Double]
    #expect(read?["value"] == value)
  }

  @Test func anyTextComesBack() throws {
    let words = "\"quoted\" \\ </script> \u{1}\n\t\u{7f} é \u{1F426}"
    var json = JSON()
    json.list([words, ""]) { $0.string($1) }
    #expect(!json.bytes.contains { $0 < 0x20 || $0 == UInt8(ascii: "<") })
    let read = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String]
    #expect(read == [words, ""])
  }
}
