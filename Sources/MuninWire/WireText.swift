/// Free text of an attribute, as a node sent it.
struct WireText {
  /// The text without blanks at its ends. Control characters have become blanks: it goes on to
  /// command lines, mails and pages.
  let text: String
  /// Whether the bytes were UTF-8. If not, they were read as ISO 8859-1, as old plugins send.
  let isUTF8: Bool

  init(_ bytes: Span<UInt8>) {
    let valid = bytes.withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
    isUTF8 = valid != nil
    let text = valid ?? String(latin1: bytes)
    self.text = isUTF8 && !Self.mayHoldControls(bytes) ? text : Self.cleaned(text)
  }

  /// Whether there are ASCII controls, or the byte with which UTF-8 begins the others.
  private static func mayHoldControls(_ bytes: Span<UInt8>) -> Bool {
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x7F || byte == 0xC2 { return true }
    }
    return false
  }

  private static func cleaned(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? " " : scalar
    }
    guard let first = scalars.firstIndex(where: { $0 != " " }),
      let last = scalars.lastIndex(where: { $0 != " " })
    else { return "" }
    var clean = ""
    clean.unicodeScalars.append(contentsOf: scalars[first...last])
    return clean
  }
}
