internal import MuninWire

/// Several numbers that are compared.
extension Amount {
  /// The texts of a value and its limits: with the same prefix, so that they compare at a glance, and with so many digits that
  /// different numbers look different.
  ///
  /// `0.8 MiB` and `1 MiB`, not `819.2 KiB` and `1 MiB`. Where the smaller one would have nearly no digits left, each has a prefix
  /// of its own: `10 B` and `1 GiB`.
  public static func texts(_ values: [Double?], unit: AmountUnit, base: Int = 1000) -> [String] {
    let sizes = values.compactMap { $0 }.filter(\.isFinite).map(\.magnitude)
    let scale = Scale(of: sizes.max() ?? 0, unit, base: base)
    if let least = sizes.filter({ $0 > 0 }).min(), least / scale.factor < 0.01, sizes.count > 1,
      scale.factor != 1
    {
      return values.map { texts([$0], unit: unit, base: base)[0] }
    }
    for digits in [4, 6, 9, 12] {
      let texts = values.map { scale.text($0, digits: digits) }
      let areDistinct = zip(values, texts).allSatisfy { value, text in
        !zip(values, texts).contains { $0 != value && $1 == text && $0?.isFinite == true }
      }
      if areDistinct || digits == 12 { return texts }
    }
    return []
  }

  /// A prefix, and what a number is divided by for it.
  private struct Scale {
    var prefix = ""
    var factor = 1.0
    let symbol: String

    init(of size: Double, _ unit: AmountUnit, base: Int) {
      symbol = unit.symbol
      let hasLarge = unit.prefixes == .all || unit.prefixes == .large
      let hasSmall = unit.prefixes == .all || unit.prefixes == .small
      let isBinary = base == 1024
      // At 1000 numbers below 10,000 have no prefix, unless a unit takes one.
      let isLarge = isBinary ? size >= 1023.5 : size >= (unit.prefixes == .all ? 999.95 : 9999.5)
      if hasLarge, isLarge {
        let full = isBinary ? 1023.5 : 999.95
        let step = isBinary ? 1024.0 : 1000
        for name in isBinary
          ? ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] : ["k", "M", "G", "T", "P", "E"]
        where size / factor >= full {
          prefix = name
          factor *= step
        }
      } else if hasSmall, !isBinary, size > 0, size < 0.0995 {
        for name in ["m", "µ", "n", "p"] where size / factor < 0.9995 {
          prefix = name
          factor /= 1000
        }
      }
    }

    func text(_ value: Double?, digits: Int) -> String {
      guard let value, value.isFinite else { return "unknown" }
      let number = Scale.number(value / factor, digits: digits)
      let end = prefix + symbol
      return end.isEmpty ? number : number + (end.hasPrefix("/") ? "" : " ") + end
    }

    /// A plain decimal with at most so many digits; whole numbers below 10^15 are shown whole.
    private static func number(_ value: Double, digits: Int) -> String {
      let size = value.magnitude
      if size == 0 { return "0" }
      guard size < 1e15, size >= 1e-12 else { return "\(value)" }
      var decimals = digits - 1
      if size >= 1 {
        var rest = size
        while rest >= 10, decimals > 0 {
          rest /= 10
          decimals -= 1
        }
      } else {
        var rest = size
        while rest < 0.1, decimals < 15 {
          rest *= 10
          decimals += 1
        }
      }
      var bytes = Array(formatted(value, digits: decimals).utf8)
      if bytes.contains(UInt8(ascii: ".")) {
        while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      return text == "-0" ? "0" : text
    }
  }
}
