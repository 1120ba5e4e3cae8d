/// The unit of a graph's values, and which prefixes it takes.
///
/// A graph names its unit in words (`graph_vlabel`): `bytes`, `bits in (-) / out (+) per second`, `%`. What is not a known unit gives
/// numbers without one.
public struct AmountUnit: Hashable, Sendable {
  /// Which prefixes may stand before the unit.
  public enum Prefixes: Sendable {
    /// `12 kV`, `12 mV`.
    case all
    /// `12 k`, but `0.012`.
    case large
    /// `12 ms`, but `12000 s`.
    case small
    /// `12000 %`, `0.012 %`.
    case none
  }

  /// What follows the number; it begins with a slash for a rate of something that has no unit: `140 /min`.
  public let symbol: String
  public let prefixes: Prefixes

  public init(_ symbol: String, prefixes: Prefixes) {
    self.symbol = symbol
    self.prefixes = prefixes
  }

  /// - Parameters:
  ///   - label: the graph's `graph_vlabel`, its period filled in.
  ///   - isScaled: `graph_scale`: without it no number has a prefix.
  public init(label: String?, isScaled: Bool = true) {
    var words = Self.words(of: label ?? "")
    var rate = ""
    if words.count >= 2, words[words.count - 2] == "per", let period = Self.periods[words.last!] {
      rate = period
      words.removeLast(2)
    }
    let known =
      Self.units[words.joined(separator: " ")]
      ?? (words.first == "%"
        ? Self.percent : words.count == 1 ? Self.prefixed(words[0], label) : nil)
    symbol = (known?.symbol ?? "") + rate
    prefixes = isScaled ? known?.prefixes ?? .large : .none
  }

  /// A unit with a prefix of its own, `MB`, `kWh`, `mV`: it is said as the label writes it, and takes no other prefix.
  /// - Parameter word: the word of the label in small letters.
  private static func prefixed(
    _ word: String, _ label: String?
  ) -> (symbol: String, prefixes: Prefixes)? {
    let separators: Set<Character> = ["/", " ", "\t", "[", "]"]
    let written = label?.split(whereSeparator: separators.contains).first {
      $0.lowercased() == word
    }
    guard let written else { return nil }
    for (unit, prefixes) in prefixedUnits where written.hasSuffix(unit) {
      if prefixes.contains(String(written.dropLast(unit.count))) { return (String(written), .none) }
    }
    return nil
  }

  private static let prefixedUnits: [(unit: String, prefixes: Set<String>)] = {
    let large: Set = ["k", "K", "M", "G", "T", "P", "E"]
    let binary: Set = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    let small: Set = ["m", "µ", "u", "n"]
    return ["B", "b", "bit", "bits", "bps"].map { ($0, large.union(binary)) }
      + ["V", "A", "W", "VA", "Wh", "Hz", "Pa"].map { ($0, large.union(small)) } + [("s", small)]
  }()

  /// The words of a label in small letters, a slash as `per`, without those that name the two directions of a graph.
  private static func words(of label: String) -> [String] {
    var words = [""]
    for character in label.prefix(100) {
      switch character {
      case "/": words += ["per", ""]
      case " ", "\t", "[", "]": words.append("")
      default: words[words.count - 1] += character.lowercased()
      }
    }
    words.removeAll { $0.isEmpty || $0 == "(-)" || $0 == "(+)" }
    for (index, word) in words.enumerated() where word == "${graph_period}" {
      words[index] = "second"
    }
    for directions in [["in", "per", "out"], ["read", "per", "write"]] {
      for start in words.indices.dropLast(2) where Array(words[start..<start + 3]) == directions {
        words.removeSubrange(start..<start + 3)
        break
      }
    }
    return words
  }

  private static let periods = [
    "second": "/s", "sec": "/s", "s": "/s", "minute": "/min", "min": "/min", "hour": "/h",
    "day": "/d",
  ]

  private static let percent: (symbol: String, prefixes: Prefixes) = ("%", .none)

  private static let units: [String: (symbol: String, prefixes: Prefixes)] = [
    "bytes": ("B", .all), "byte": ("B", .all), "b": ("B", .all),
    "bits": ("bit", .all), "bit": ("bit", .all), "bps": ("bit/s", .all),
    "percent": percent, "percentage": percent,
    "seconds": ("s", .small), "second": ("s", .small), "secs": ("s", .small), "s": ("s", .small),
    "ms": ("ms", .none), "milliseconds": ("ms", .none), "minutes": ("min", .none),
    "hours": ("h", .none), "days": ("d", .none),
    "volt": ("V", .all), "volts": ("V", .all), "v": ("V", .all),
    "ampere": ("A", .all), "amperes": ("A", .all), "amps": ("A", .all),
    "watt": ("W", .all), "watts": ("W", .all), "w": ("W", .all), "va": ("VA", .all),
    "hz": ("Hz", .all), "hertz": ("Hz", .all), "wh": ("Wh", .all), "pa": ("Pa", .all),
    "kilobytes": ("kB", .none), "megabytes": ("MB", .none), "gigabytes": ("GB", .none),
    "terabytes": ("TB", .none), "microseconds": ("µs", .none), "db": ("dB", .none),
    "dbm": ("dBm", .none), "fahrenheit": ("°F", .none), "°f": ("°F", .none),
    "celsius": ("°C", .none), "degrees celsius": ("°C", .none), "°c": ("°C", .none),
    "ppm": ("ppm", .none), "parts per million": ("ppm", .none), "rpm": ("rpm", .none),
  ]
}
