internal import MuninWire

/// A number as people read it: in mails, in logs, on pages and in terminals.
///
/// Four significant digits, then a blank and the prefix of its size: `0.37`, `12.35 k`, `1.235 M`, `700 Mi`, `12 m`.
/// The blank lets a unit follow: `12.35 kB`. Graphs are labelled by rrdtool, which has a form of its own.
public enum Amount {
  /// - Parameters:
  ///   - value: `nil`, infinities and NaN become `unknown`.
  ///   - base: 1000, or 1024 for binary prefixes. At 1000 numbers below 10,000 have no prefix.
  ///   - unit: follows the prefix: `B` gives `700 MiB`.
  public static func text(_ value: Double?, base: Int = 1000, unit: String = "") -> String {
    guard let value, value.isFinite else { return "unknown" }
    var size = value.magnitude
    let isBinary = base == 1024
    let large = isBinary ? binaryPrefixes : decimalPrefixes
    var prefix = large[0]
    if size > 0, size < 0.0995 {
      var step = 0
      while size < 0.9995, step < smallPrefixes.count - 1 {
        size *= 1000
        step += 1
      }
      prefix = smallPrefixes[step]
    } else if isBinary || size >= 9999.5 {
      // What would be rounded up to the next prefix has it at once: 1 M, not 1000 k.
      let full = isBinary ? 1023.5 : 999.95
      var step = 0
      while size >= full, step < large.count - 1 {
        size /= isBinary ? 1024 : 1000
        step += 1
      }
      prefix = large[step]
    }
    let digits = significant(size)
    let sign = value < 0 && digits != "0" ? "-" : ""
    let end = (digits == "0" ? "" : prefix) + unit
    return sign + digits + (end.isEmpty ? "" : " " + end)
  }

  /// A number and its noun: `1 graph`, `2 graphs`.
  public static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private static let decimalPrefixes = ["", "k", "M", "G", "T", "P", "E"]
  private static let binaryPrefixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
  private static let smallPrefixes = ["", "m", "µ", "n", "p"]

  /// At most four digits, without zeros behind the point.
  private static func significant(_ size: Double) -> String {
    let text =
      switch size {
      case ..<10: formatted(size, digits: 3)
      case ..<100: formatted(size, digits: 2)
      case ..<1000: formatted(size, digits: 1)
      default: formatted(size, digits: 0)
      }
    guard text.utf8.contains(0x2E) else { return text }
    var bytes = Array(text.utf8)
    while bytes.last == 0x30 { bytes.removeLast() }
    if bytes.last == 0x2E { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
