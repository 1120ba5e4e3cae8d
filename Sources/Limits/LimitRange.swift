public import MuninWire

/// A range of good values in the unit shown. The limits themselves are good.
public struct LimitRange: Sendable, Hashable, CustomStringConvertible {
  /// The smallest good value, if there is a limit.
  public let low: LimitEnd?
  /// The largest good value, if there is a limit.
  public let high: LimitEnd?
  /// As it was written, in munin's form: `:5` for `5`.
  public let description: String

  init(low: LimitEnd?, high: LimitEnd?, text: String) {
    self.low = low
    self.high = high
    description = text
  }

  /// A range made by a program.
  public init(low: Double? = nil, high: Double? = nil) {
    self.init(
      low: low.map { .number($0) }, high: high.map { .number($0) },
      text: Bounds(min: low, max: high).description)
  }

  /// Reads a range, see ``MuninWire/WrittenRange``.
  /// - Parameters:
  ///   - max: what the field can be at most: a bare `N%` is a share of it.
  ///   - base: 1024 where `16G` is a binary number, else 1000.
  ///   - shown: the value of another field in the unit shown; `nil` for a name that is not known.
  public init(
    _ text: String, max: Double? = nil, base: Int = 1000,
    shown: (String) -> Calculation? = { _ in nil }
  ) throws(LimitFault) {
    guard let written = WrittenRange(text) else {
      throw LimitFault("expected a range of numbers, found \(quoted(text))")
    }
    func end(_ end: WrittenRange.End?) throws(LimitFault) -> LimitEnd? {
      switch end {
      case nil: return nil
      case .number(let number): return .number(number)
      case .percent(let percent):
        guard let max else {
          throw LimitFault(
            "\(quoted(text)) is a share of the field's max, but the field has no max: write "
              + "'92% of FIELD' or '92% of 16G'")
        }
        return .number(max * percent / 100)
      case .percentOfSize(let percent, let size):
        return .number(size.value(base: base) * percent / 100)
      case .percentOfField(let percent, let name):
        guard let calculation = shown(name) else {
          throw LimitFault("\(quoted(text)): unknown field \(quoted(name))")
        }
        return .share(percent, of: calculation)
      }
    }
    self.init(low: try end(written.low), high: try end(written.high), text: written.text)
  }

  /// As ``description``, with a number for each share that is the same at every poll: `:92` for `:92%` of a `max` of 100. A share of
  /// another field stays as it was written.
  public var inNumbers: String {
    guard description.utf8.contains(UInt8(ascii: "%")), let written = WrittenRange(description)
    else { return description }
    func number(_ value: Double) -> Substring { Bounds(max: value).description.dropFirst() }
    func text(_ end: LimitEnd?, _ written: WrittenRange.End?) -> String {
      if let value = end?.constant { return String(number(value)) }
      guard case .percentOfField(let percent, let name)? = written else { return "" }
      return "\(number(percent))% of \(name)"
    }
    return text(low, written.low) + ":" + text(high, written.high)
  }

  /// Whether the upper limit is below the lower one, as in `9:3`: then no value is good.
  public var isInverted: Bool {
    guard let low = low?.constant, let high = high?.constant else { return false }
    return high < low
  }

  /// Whether both ends are the same at every poll.
  public var isConstant: Bool {
    (low == nil || low?.constant != nil) && (high == nil || high?.constant != nil)
  }

  /// The ends at a poll; `nil` when one is not known.
  func resolved(_ field: (Int) -> Double?) -> ResolvedRange? {
    var range = ResolvedRange()
    if let low {
      guard let number = low.number(field) else { return nil }
      range.low = number
    }
    if let high {
      guard let number = high.number(field) else { return nil }
      range.high = number
    }
    return range
  }
}

/// A ``LimitRange`` at one poll; an open end is infinite.
struct ResolvedRange: Sendable, Hashable {
  var low = -Double.infinity
  var high = Double.infinity

  func contains(_ value: Double) -> Bool { value >= low && value <= high }

  /// The lower end, `nil` when it is open.
  var lowest: Double? { low == -.infinity ? nil : low }
  /// The upper end, `nil` when it is open.
  var highest: Double? { high == .infinity ? nil : high }
}

/// A text that is no limit, and why.
public struct LimitFault: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// The beginning of a text from outside, in quotes and without control characters.
func quoted(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(60).map { scalar -> Unicode.Scalar in
    scalar.properties.generalCategory == .control ? "?" : scalar
  }
  var shown = ""
  shown.unicodeScalars.append(contentsOf: scalars)
  return "'\(shown)\(text.unicodeScalars.count > 60 ? "…" : "")'"
}
