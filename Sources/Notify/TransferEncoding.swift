/// Appends text as quoted-printable (RFC 2045 section 6.7), its lines ended by CRLF. No line is longer
/// than 76 bytes, and no line ends in a blank.
func appendQuotedPrintable(_ text: String, to message: inout [UInt8]) {
  var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  if lines.last?.isEmpty == true { lines.removeLast() }
  for line in lines {
    var column = 0
    for (index, byte) in zip(line.indices, line) {
      let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
      let isPlain =
        isBlank
        ? line.index(after: index) != line.endIndex
        : (33...126).contains(byte) && byte != UInt8(ascii: "=")
      let width = isPlain ? 1 : 3
      if column + width > 75 {
        message.append(UInt8(ascii: "="))
        message += crlf
        column = 0
      }
      if isPlain {
        message.append(byte)
      } else {
        message.append(UInt8(ascii: "="))
        message += hexPair(byte)
      }
      column += width
    }
    message += crlf
  }
}

/// Appends bytes as base64 in lines of 76 characters.
func appendBase64(_ bytes: [UInt8], to message: inout [UInt8]) {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  let padding = UInt8(ascii: "=")
  for (group, start) in stride(from: 0, to: bytes.count, by: 3).enumerated() {
    if group > 0, group % 19 == 0 { message += crlf }
    let count = min(3, bytes.count - start)
    let a = bytes[start]
    let b = count > 1 ? bytes[start + 1] : 0
    let c = count > 2 ? bytes[start + 2] : 0
    message.append(alphabet[Int(a >> 2)])
    message.append(alphabet[Int((a & 3) << 4 | b >> 4)])
    message.append(count > 1 ? alphabet[Int((b & 15) << 2 | c >> 6)] : padding)
    message.append(count > 2 ? alphabet[Int(c & 63)] : padding)
  }
  message += crlf
}
