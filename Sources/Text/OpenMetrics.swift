/// The text format of metrics, OpenMetrics 1.0, as Prometheus reads it.
public enum OpenMetrics {
  public static let contentType: StaticString =
    "application/openmetrics-text; version=1.0.0; charset=utf-8"
  /// The last line of every text.
  public static let end = "# EOF\n"

  /// What a family of samples is.
  public enum Kind: String, Sendable {
    case gauge
    /// It only grows; its samples end in `_total`.
    case counter
  }

  /// The lines before the samples of a family.
  /// - Parameters:
  ///   - unit: the name must end in it.
  ///   - help: one sentence.
  public static func head(
    _ name: String, _ kind: Kind, unit: String? = nil, help: String, to bytes: inout [UInt8]
  ) {
    bytes += "# TYPE \(name) \(kind.rawValue)\n".utf8
    if let unit { bytes += "# UNIT \(name) \(unit)\n".utf8 }
    bytes += "# HELP \(name) ".utf8
    escape(help, to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// A set of labels in its brackets. Only three characters have to be escaped; control characters may stand as they are.
  public static func labels(_ labels: [(name: String, value: String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for label in labels {
      bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
      bytes += label.name.utf8
      bytes += [UInt8(ascii: "="), UInt8(ascii: "\"")]
      escape(label.value, to: &bytes)
      bytes.append(UInt8(ascii: "\""))
    }
    if !bytes.isEmpty { bytes.append(UInt8(ascii: "}")) }
    return bytes
  }

  /// One sample.
  public static func sample(
    _ name: StaticString, _ labels: [UInt8], _ value: Double, to bytes: inout [UInt8]
  ) {
    name.withUTF8Buffer { bytes += $0 }
    bytes += labels
    bytes.append(UInt8(ascii: " "))
    bytes += number(value).utf8
    bytes.append(UInt8(ascii: "\n"))
  }

  /// A number; whole ones without a fraction.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
    return "\(value)"
  }

  private static func escape(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      default: bytes.append(byte)
      }
    }
  }
}
