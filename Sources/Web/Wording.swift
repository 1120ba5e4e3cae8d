internal import Glibc
internal import Limits
internal import MuninWire

/// How numbers, times and states are said on a page.
enum Wording {
  /// A value in four digits, with the prefix of its size: `0.37`, `12.5 k`, `1.2 Gi`.
  static func value(_ value: Double?, base: Double = 1000) -> String {
    guard let value, value.isFinite else { return "unknown" }
    var size = value.magnitude
    if size == 0 { return "0" }
    let large = base == 1024 ? ["", " Ki", " Mi", " Gi", " Ti", " Pi", " Ei"] : plainPrefixes
    var step = 0
    while size >= base, step < large.count - 1, size >= 10_000 || base == 1024 || step > 0 {
      size /= base
      step += 1
    }
    if step == 0, size < 0.0995 {
      let small = ["", " m", " µ", " n", " p"]
      while size < 0.9995, step < small.count - 1 {
        size *= 1000
        step += 1
      }
      return sign(value) + digits(size) + small[step]
    }
    return sign(value) + digits(size) + large[step]
  }

  private static let plainPrefixes = ["", " k", " M", " G", " T", " P", " E"]

  private static func sign(_ value: Double) -> String { value < 0 ? "−" : "" }

  private static func digits(_ size: Double) -> String {
    let text =
      switch size {
      case ..<10: formatted(size, digits: 3)
      case ..<100: formatted(size, digits: 2)
      case ..<1000: formatted(size, digits: 1)
      default: formatted(size, digits: 0)
      }
    guard text.contains(".") else { return text }
    var bytes = Array(text.utf8)
    while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
    if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// How long something took or lasts: `12 s`, `5 min`, `3 h 20 min`, `2 d 4 h`.
  static func duration(_ seconds: Int) -> String {
    switch max(0, seconds) {
    case let seconds where seconds < 120: "\(seconds) s"
    case let seconds where seconds < 7200: "\(seconds / 60) min"
    case let seconds where seconds < 172_800: pair(seconds, 3600, "h", 60, "min")
    case let seconds: pair(seconds, 86400, "d", 3600, "h")
    }
  }

  private static func pair(_ seconds: Int, _ large: Int, _ one: String, _ small: Int, _ two: String)
    -> String
  {
    let rest = seconds % large / small
    return "\(seconds / large) \(one)" + (rest > 0 ? " \(rest) \(two)" : "")
  }

  /// A time of this machine's zone: `2026-11-21 02:03:14`.
  static func time(_ time: Int) -> String { text(time, "%Y-%m-%d %H:%M:%S", localtime_r) }

  /// A time for programs: `2026-11-21T02:03:14Z`.
  static func machineTime(_ time: Int) -> String { text(time, "%Y-%m-%dT%H:%M:%SZ", gmtime_r) }

  private static func text(
    _ time: Int, _ format: String,
    _ split: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?
  ) -> String {
    var seconds = time_t(time)
    var parts = tm()
    guard split(&seconds, &parts) != nil else { return String(time) }
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, format, &parts)
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// What a range asks for: `at most 90`, `10 to 90`.
  static func range(_ text: String, base: Double) -> String {
    guard let bounds = Bounds(text) else { return text }
    switch (bounds.min, bounds.max) {
    case (let min?, let max?): return "\(value(min, base: base)) to \(value(max, base: base))"
    case (let min?, nil): return "at least \(value(min, base: base))"
    case (nil, let max?): return "at most \(value(max, base: base))"
    case (nil, nil): return "any"
    }
  }

  /// A number with its noun: `1 graph`, `2 graphs`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  /// The sign that stands beside a state's colour.
  static func sign(of level: Level) -> String {
    switch level {
    case .ok: "✓"
    case .unknown: "?"
    case .warning: "▲"
    case .critical: "✖"
    }
  }
}

extension Graph {
  /// What a kilo of its values is.
  var base: Double {
    let args = args ?? ""
    return args.contains("--base 1024") || args.contains("--base=1024") || args.contains("-b 1024")
      ? 1024 : 1000
  }
}
