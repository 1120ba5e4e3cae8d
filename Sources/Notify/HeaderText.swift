internal import Text

/// Text of outside origin made fit for one line: whatever could start a new line, move the cursor or
/// turn the reading direction becomes a blank; blanks are single; the length is bounded.
func oneLine(_ text: String, limit: Int) -> String {
  var result = String.UnicodeScalarView()
  var count = 0
  var blankWaits = false
  for scalar in text.unicodeScalars {
    if scalar == " " || isUnprintable(scalar) {
      blankWaits = count > 0
      continue
    }
    guard count + (blankWaits ? 2 : 1) <= limit else {
      result.append("…")
      break
    }
    if blankWaits {
      result.append(" ")
      count += 1
      blankWaits = false
    }
    result.append(scalar)
    count += 1
  }
  return String(result)
}

/// Text of outside origin made fit for a body: lines end in LF, other control characters become U+FFFD.
func cleanBody(_ text: String, limit: Int) -> String {
  var result = String.UnicodeScalarView()
  var count = 0
  for scalar in text.unicodeScalars {
    if scalar == "\r" { continue }
    guard count < limit else {
      result.append(contentsOf: "…\n[cut]\n".unicodeScalars)
      break
    }
    let isKept = scalar == "\n" || scalar == "\t" || !isUnprintable(scalar)
    result.append(isKept ? scalar : "\u{fffd}")
    count += 1
  }
  return String(result)
}

/// Appends a header whose text is free: folded at blanks, and as encoded words (RFC 2047) when it is
/// not plain ASCII.
/// - Parameter text: one line, as `oneLine` gives it.
func appendHeader(_ name: String, _ text: String, to message: inout [UInt8]) {
  message += "\(name): ".utf8
  let isPlain = text.utf8.allSatisfy { $0 < 0x7f } && !text.contains("=?")
  if isPlain {
    appendFolded(text, column: name.utf8.count + 2, to: &message)
  } else {
    appendEncodedWords(text, column: name.utf8.count + 2, to: &message)
  }
  message += crlf
}

let crlf: [UInt8] = [13, 10]

/// The length that RFC 5322 recommends for a line, less one for its `=` or blank.
private let lineLength = 76

private func appendFolded(_ text: String, column: Int, to message: inout [UInt8]) {
  var column = column
  for (index, word) in text.utf8.split(separator: UInt8(ascii: " ")).enumerated() {
    if index > 0 {
      if column + 1 + word.count > lineLength {
        message += crlf
        column = 0
      }
      message.append(UInt8(ascii: " "))
      column += 1
    }
    message += word
    column += word.count
  }
}

private func appendEncodedWords(_ text: String, column: Int, to message: inout [UInt8]) {
  let opening = Array("=?utf-8?q?".utf8)
  let closing = Array("?=".utf8)
  var column = column + opening.count
  message += opening
  for scalar in text.unicodeScalars {
    // A character is never split between two words.
    let code = encoded(scalar)
    if column + code.count + closing.count > lineLength {
      message += closing + crlf + [UInt8(ascii: " ")] + opening
      column = 1 + opening.count
    }
    message += code
    column += code.count
  }
  message += closing
}

private func encoded(_ scalar: Unicode.Scalar) -> [UInt8] {
  if scalar == " " { return [UInt8(ascii: "_")] }
  if scalar.isASCII {
    let byte = UInt8(ascii: scalar)
    if byte.isLetterOrDigit || "!*+-/".utf8.contains(byte) { return [byte] }
  }
  return UTF8.encode(scalar)!.flatMap { [UInt8(ascii: "=")] + hexPair($0) }
}

private func hexPair(_ byte: UInt8) -> [UInt8] { [hexDigit(byte >> 4), hexDigit(byte & 15)] }

/// The digit of a number from 0 to 15.
func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}
