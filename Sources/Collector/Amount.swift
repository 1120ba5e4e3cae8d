internal import MuninWire

/// Numbers and times as people read them in mails and pages.
enum Amount {
  /// A value with at most three decimals, and with an SI (or, at base 1024, binary) suffix where it is large.
  static func text(_ value: Double, base: Int = 1000) -> String {
    let suffixes = ["", "k", "M", "G", "T", "P", "E"]
    var scaled = value
    var index = 0
    while abs(scaled) >= Double(base), index < suffixes.count - 1, abs(value) >= 10_000 {
      scaled /= Double(base)
      index += 1
    }
    var text = formatted(scaled, digits: abs(scaled) < 1 ? 4 : 2)
    while text.contains("."), text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    if text == "-0" { text = "0" }
    return text + suffixes[index]
  }

  /// A length of time in its two largest units: `3 d 4 h`, `12 min`, `40 s`.
  static func duration(_ seconds: Int) -> String {
    let units = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    var rest = max(0, seconds)
    var words: [String] = []
    for (size, name) in units {
      if rest >= size || (size == 1 && words.isEmpty) { words.append("\(rest / size) \(name)") }
      rest %= size
    }
    return words.prefix(2).joined(separator: " ")
  }
}
