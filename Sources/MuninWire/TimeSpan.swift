/// A length of time in seconds, as munin writes it: `300`, or a number with one of the units s, m, h, d, w,
/// t (a month of 31 days) and y (a year of 365 days). `nil` for anything else, for 0, and above a century.
public func parseTimeSpan(_ bytes: Span<UInt8>) -> Int? {
  guard bytes.count > 0 else { return nil }
  let last = bytes.count - 1
  let unit = unitSeconds(bytes[last])
  let digits = unit == nil ? bytes : bytes.extracting(0..<last)
  guard let number = parseUnsigned(digits) else { return nil }
  let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
  let century: UInt64 = 100 * 365 * 86_400
  return overflow || seconds < 1 || seconds > century ? nil : Int(seconds)
}

private func unitSeconds(_ letter: UInt8) -> UInt64? {
  switch letter {
  case UInt8(ascii: "s"): 1
  case UInt8(ascii: "m"): 60
  case UInt8(ascii: "h"): 3600
  case UInt8(ascii: "d"): 86_400
  case UInt8(ascii: "w"): 604_800
  case UInt8(ascii: "t"): 31 * 86_400
  case UInt8(ascii: "y"): 365 * 86_400
  default: nil
  }
}
