/// How much history an RRD file keeps: munin's `graph_data_size`, and the archives (RRAs) it stands for.
public enum RoundRobinLayout: Sendable, Hashable {
  /// 48 hours of every value, 9 days of half hours, 45 days of two hours, 450 days of days.
  case normal
  /// 400 days of every value.
  case huge
  /// Resolutions of one's own, the finest first.
  case custom([Resolution])

  /// One entry of a custom list.
  public enum Resolution: Sendable, Hashable {
    /// `6 432`: 432 rows of 6 steps each.
    case rows(steps: Int, rows: Int)
    /// `5m for 7d`; `every` is `nil` for the first entry, which has the file's own step.
    case span(every: Int?, for: Int)
  }

  /// One resolution of a file, kept as average, minimum and maximum.
  public struct Archive: Sendable, Hashable {
    /// Steps that make one row.
    public var steps: Int
    public var rows: Int

    /// `rows` rows of `steps` steps each.
    public init(steps: Int, rows: Int) {
      self.steps = steps
      self.rows = rows
    }
  }

  /// The step in seconds of a new file: munin uses the update rate only for custom layouts.
  public func step(updateRate: Int) -> Int {
    switch self {
    case .normal, .huge: 300
    case .custom: updateRate
    }
  }

  /// The archives of a file with this step in seconds.
  ///
  /// Custom layouts get a tenth more rows than asked for, as munin gives them. Entries finer than the
  /// step are left out.
  public func archives(step: Int) -> [Archive] {
    switch self {
    case .normal: Self.normalArchives
    case .huge: [Archive(steps: 1, rows: 115_200)]
    case .custom(let resolutions):
      resolutions.compactMap { resolution in
        let (steps, rows) = resolution.size(step: max(1, step))
        guard steps > 0, rows > 0 else { return nil }
        return Archive(steps: steps, rows: rows + max(1, rows / 10))
      }
    }
  }

  /// What cannot be had at an update rate, as the end of a message: a resolution that is finer than the step.
  public func findings(updateRate: Int) -> [String] {
    guard case .custom(let resolutions) = self else { return [] }
    let step = max(1, step(updateRate: updateRate))
    var findings = resolutions.compactMap { resolution -> String? in
      guard case .span(let every, let time) = resolution else { return nil }
      if let every, every < step {
        return "\(every) s for \(time) s is finer than update_rate \(step): left out"
      }
      return time < step ? "\(time) s is less than update_rate \(step): left out" : nil
    }
    if archives(step: step).isEmpty { findings.append("nothing is left of it: taken as normal") }
    return findings
  }

  /// The archives of `normal`, for a step of 300 seconds.
  public static let normalArchives = [
    Archive(steps: 1, rows: 576), Archive(steps: 6, rows: 432), Archive(steps: 24, rows: 540),
    Archive(steps: 288, rows: 450),
  ]
}

extension RoundRobinLayout.Resolution {
  fileprivate func size(step: Int) -> (steps: Int, rows: Int) {
    switch self {
    case .rows(let steps, let rows): (steps, rows)
    case .span(let every, let time): ((every ?? step) / step, time / (every ?? step))
    }
  }
}

extension RoundRobinLayout {
  /// More rows than this are a typing error: ten years of seconds are 315 million, and fill a disk.
  static let mostRows = 20_000_000
  static let mostResolutions = 50

  /// `normal`, `huge`, `custom 576, 6 432`, `custom 1d, 5m for 7d, 1h for 30d`.
  public init?(_ text: String) {
    switch text {
    case "normal": self = .normal
    case "huge": self = .huge
    default:
      let bytes = text.utf8.span
      var reader = WordReader()
      guard let first = reader.next(in: bytes), bytes.extracting(first).isEqual(to: "custom") else {
        return nil
      }
      var resolutions: [Resolution] = []
      var start = reader.position
      while start <= bytes.count {
        let end = bytes.firstIndex(of: UInt8(ascii: ","), from: start) ?? bytes.count
        guard resolutions.count < Self.mostResolutions,
          let one = Resolution(bytes.extracting(start..<end), isFirst: resolutions.isEmpty)
        else { return nil }
        resolutions.append(one)
        start = end + 1
      }
      self = .custom(resolutions)
    }
  }
}

extension RoundRobinLayout.Resolution {
  fileprivate init?(_ text: Span<UInt8>, isFirst: Bool) {
    var words: [Range<Int>] = []
    var reader = WordReader()
    while let word = reader.next(in: text), words.count < 4 { words.append(word) }
    switch words.count {
    case 1 where isFirst:
      if let rows = count(text.extracting(words[0])) {
        self.init(steps: 1, rows: rows)
      } else if let time = parseTimeSpan(text.extracting(words[0])) {
        self = .span(every: nil, for: time)
      } else {
        return nil
      }
    case 2:
      guard let steps = count(text.extracting(words[0])),
        let rows = count(text.extracting(words[1]))
      else { return nil }
      self.init(steps: steps, rows: rows)
    case 3 where text.extracting(words[1]).isEqual(to: "for"):
      guard let every = parseTimeSpan(text.extracting(words[0])),
        let time = parseTimeSpan(text.extracting(words[2])), time >= every,
        time / every <= RoundRobinLayout.mostRows
      else { return nil }
      self = .span(every: every, for: time)
    default:
      return nil
    }
  }

  private init?(steps: Int, rows: Int) {
    guard (1...1_000_000).contains(steps), (1...RoundRobinLayout.mostRows).contains(rows) else {
      return nil
    }
    self = .rows(steps: steps, rows: rows)
  }
}

private func count(_ digits: Span<UInt8>) -> Int? {
  parseUnsigned(digits).flatMap { Int(exactly: $0) }
}
