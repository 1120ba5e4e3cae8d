/// How much history an RRD file keeps, in munin's words.
public enum GraphDataSize: Sendable, Hashable {
  /// 48 hours of every value, 9 days of half hours, 45 days of two hours, 450 days of days.
  case normal
  /// 400 days of every value.
  case huge
  /// Own resolutions, the finest first.
  case custom([Resolution])

  /// One entry of a custom list.
  public enum Resolution: Sendable, Hashable {
    /// `6 432`: so many rows, each of so many steps.
    case rows(steps: Int, rows: Int)
    /// `5m for 7d`; `every` is `nil` for the first entry, which has the file's own step.
    case span(every: Int?, for: Int)
  }

  /// One resolution of a file, kept as average, minimum and maximum.
  public struct Archive: Sendable, Hashable {
    /// Steps that make one row.
    public let steps: Int
    public let rows: Int

    public init(steps: Int, rows: Int) {
      self.steps = steps
      self.rows = rows
    }
  }

  /// The step of a new file: munin uses the update rate only for custom sizes.
  public func step(updateRate: Int) -> Int {
    switch self {
    case .normal, .huge: 300
    case .custom: updateRate
    }
  }

  /// The resolutions of a file with this step in seconds.
  ///
  /// Custom sizes get a tenth more rows than asked for, as munin gives them. Entries finer than the
  /// step come to nothing.
  public func archives(step: Int) -> [Archive] {
    switch self {
    case .normal:
      [(1, 576), (6, 432), (24, 540), (288, 450)].map { Archive(steps: $0.0, rows: $0.1) }
    case .huge:
      [Archive(steps: 1, rows: 115_200)]
    case .custom(let resolutions):
      resolutions.compactMap { resolution in
        let (steps, rows) = resolution.size(step: max(1, step))
        guard steps > 0, rows > 0 else { return nil }
        return Archive(steps: steps, rows: rows + max(1, rows / 10))
      }
    }
  }
}

extension GraphDataSize.Resolution {
  func size(step: Int) -> (steps: Int, rows: Int) {
    switch self {
    case .rows(let steps, let rows): (steps, rows)
    case .span(let every, let time): ((every ?? step) / step, time / (every ?? step))
    }
  }
}

extension GraphDataSize {
  /// More rows than this is a typing error: ten years of seconds are 315 million, and fill a disk.
  static let mostRows = 20_000_000
  static let mostResolutions = 50

  /// `normal`, `huge`, `custom 576, 6 432`, `custom 1d, 5m for 7d, 1h for 30d`.
  public init?(_ text: String) {
    switch text {
    case "normal": self = .normal
    case "huge": self = .huge
    default:
      let words = text.words()
      guard words.first == "custom" else { return nil }
      let parts = words.dropFirst().joined(separator: " ").utf8
        .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      guard parts.count <= Self.mostResolutions else { return nil }
      var resolutions: [Resolution] = []
      for part in parts {
        let words = String(decoding: part, as: UTF8.self).words()
        guard let one = Self.resolution(words, isFirst: resolutions.isEmpty) else { return nil }
        resolutions.append(one)
      }
      self = .custom(resolutions)
    }
  }

  private static func resolution(_ words: [String], isFirst: Bool) -> Resolution? {
    switch words.count {
    case 1 where isFirst:
      if let rows = wholeNumber(words[0]) { return count(steps: 1, rows: rows) }
      return seconds(words[0]).map { .span(every: nil, for: $0) }
    case 2:
      guard let steps = wholeNumber(words[0]), let rows = wholeNumber(words[1]) else { return nil }
      return count(steps: steps, rows: rows)
    case 3 where words[1] == "for":
      guard let every = seconds(words[0]), let time = seconds(words[2]), time >= every,
        time / every <= mostRows
      else { return nil }
      return .span(every: every, for: time)
    default:
      return nil
    }
  }

  private static func count(steps: Int, rows: Int) -> Resolution? {
    guard (1...1_000_000).contains(steps), (1...mostRows).contains(rows) else { return nil }
    return .rows(steps: steps, rows: rows)
  }
}

/// `300`, `5m`, `1d`: seconds, with munin's letters for longer units; at most a century.
func seconds(_ text: String) -> Int? {
  let units: [UInt8: Int] = [
    UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600,
    UInt8(ascii: "d"): 86_400, UInt8(ascii: "w"): 604_800,
    // A month has 31 days here, so that "1t" never ends before a real one.
    UInt8(ascii: "t"): 31 * 86_400, UInt8(ascii: "y"): 365 * 86_400,
  ]
  guard let last = text.utf8.last else { return nil }
  let unit = units[last]
  guard let number = wholeNumber(unit == nil ? text[...] : text.dropLast()) else { return nil }
  let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
  return overflow || seconds < 1 || seconds > 100 * 365 * 86_400 ? nil : seconds
}
