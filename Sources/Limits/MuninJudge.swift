public import MuninWire

/// The habits of munin-limits 2.0.73, for `munin_compatible yes`.
///
/// A value counts for 600 s whatever the update rate is, a rate is of the last two samples whatever they are, `min`, `max` and
/// `cdef` do not count, and the value is rounded to two decimals before it is compared: 0.004 lies inside `0:0`.
public enum MuninJudge {
  /// How long a value counts, and over how long a rate is believed, in seconds.
  public static let freshness = 600

  /// Reads a range as munin does.
  ///
  /// A side is made of digits, points and signs, and its value is that of the number it begins with: `5.5.5` is 5.5, `--5`
  /// is 0. Any other text is `0:0`, outside of which nearly every value lies.
  public static func range(_ text: String) -> (range: LimitRange, isMalformed: Bool) {
    let trimmed = trimmed(text)
    let sides = trimmed.split(separator: ":", omittingEmptySubsequences: false)
    let isRange =
      sides.count <= 2
      && trimmed.utf8.allSatisfy {
        $0.isDigit || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E || $0 == 0x3A
      }
    guard isRange, let last = sides.last else {
      return (LimitRange(low: .number(0), high: .number(0), text: "0:0"), true)
    }
    let first = sides.count == 2 ? sides[0] : ""
    return (
      LimitRange(
        low: first.isEmpty ? nil : .number(number(first)),
        high: last.isEmpty ? nil : .number(number(last)), text: "\(first):\(last)"),
      false
    )
  }

  /// How many unknown values in a row are tolerated. Of another text the number counts that it begins with.
  public static func unknownLimit(_ text: String?) -> UnknownLimit {
    guard let text else { return .standard }
    let limit = number(Substring(trimmed(text)))
    // The count of tolerated values, a whole number, has to reach it.
    return limit < 1 ? 0 : UnknownLimit(Int(min(limit, 1_000_000).rounded(.up)))
  }

  /// The value to judge, rounded; `nil` when it is unknown.
  /// - Parameters:
  ///   - previous: the sample before, known or not.
  ///   - now: the time of the run.
  public static func value(
    of cell: ValueCell, after previous: ValueCell, as type: FieldType, now: Int
  ) -> Double? {
    guard now - cell.time <= freshness, type == .gauge || previous.number != nil else {
      return nil
    }
    return cell.value(as: type, after: previous, within: freshness).map(roundedToHundredths)
  }

  private static func trimmed(_ text: String) -> String {
    var rest = Substring(text)
    while let first = rest.utf8.first, first.isBlank { rest.removeFirst() }
    while let last = rest.utf8.last, last.isBlank { rest.removeLast() }
    return String(rest)
  }

  /// The number that a text begins with, as Perl takes it; 0 when it begins with none.
  private static func number(_ text: Substring) -> Double {
    var end = text.utf8.startIndex
    var hasPoint = false
    if let sign = text.utf8.first, sign == 0x2B || sign == 0x2D { text.utf8.formIndex(after: &end) }
    while end < text.utf8.endIndex {
      let byte = text.utf8[end]
      guard byte.isDigit || (byte == 0x2E && !hasPoint) else { break }
      hasPoint = hasPoint || byte == 0x2E
      text.utf8.formIndex(after: &end)
    }
    return parseNumber(Array(text.utf8[..<end]).span) ?? 0
  }
}
