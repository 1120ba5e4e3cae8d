/// Free text of an attribute, as a node sent it.
struct WireText {
  let text: String
  /// Whether the bytes were UTF-8. If not, they were taken for ISO 8859-1, as old plugins send.
  let isUTF8: Bool

  /// Control characters become blanks: the text goes on to command lines, mails and pages.
  init(_ bytes: Span<UInt8>) {
    var controls = false
    for index in 0..<bytes.count where bytes[index] < 0x20 || bytes[index] == 0x7F {
      controls = true
    }
    let valid = bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
    isUTF8 = valid != nil
    let text = valid ?? String(latin1: bytes)
    guard controls || valid == nil else {
      self.text = text
      return
    }
    let clean = text.unicodeScalars.map { scalar -> Character in
      scalar.properties.generalCategory == .control ? " " : Character(scalar)
    }
    self.text = String(clean)
  }
}
