/// Appends text as quoted-printable (RFC 2045 section 6.7), its lines ended by CRLF. No line is longer
/// than 76 bytes, and no line ends in a blank.
func appendQuotedPrintable(_ text: String, to message: inout [UInt8]) {
  guard !text.isEmpty else { return }
  var bytes = Array(text.utf8)
  if bytes.last != newline { bytes.append(newline) }
  message.reserveCapacity(message.count + bytes.count + bytes.count / 8)
  var column = 0
  for index in bytes.indices {
    let byte = bytes[index]
    if byte == newline {
      message += crlf
      column = 0
      continue
    }
    let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    let isPlain =
      isBlank ? bytes[index + 1] != newline : (33...126).contains(byte) && byte != equals
    let width = isPlain ? 1 : 3
    if column + width > 75 {
      message.append(equals)
      message += crlf
      column = 0
    }
    if isPlain {
      message.append(byte)
    } else {
      message.append(equals)
      message.append(hexDigit(byte >> 4))
      message.append(hexDigit(byte & 15))
    }
    column += width
  }
}

private let newline = UInt8(ascii: "\n")
private let equals = UInt8(ascii: "=")

/// Appends bytes as base64 in lines of 76 characters.
func appendBase64(_ bytes: [UInt8], to message: inout [UInt8]) {
  let padding = UInt8(ascii: "=")
  message.reserveCapacity(message.count + bytes.count / 3 * 4 + bytes.count / 28 + 8)
  var start = 0
  while start < bytes.count {
    if start > 0, start % 57 == 0 { message += crlf }
    let count = min(3, bytes.count - start)
    let a = bytes[start]
    let b = count > 1 ? bytes[start + 1] : 0
    let c = count > 2 ? bytes[start + 2] : 0
    message.append(alphabet[Int(a >> 2)])
    message.append(alphabet[Int((a & 3) << 4 | b >> 4)])
    message.append(count > 1 ? alphabet[Int((b & 15) << 2 | c >> 6)] : padding)
    message.append(count > 2 ? alphabet[Int(c & 63)] : padding)
    start += 3
  }
  message += crlf
}

private let alphabet = Array(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
