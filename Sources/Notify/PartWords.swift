internal import Incidents
internal import Limits
internal import Text

/// The words about one value: what it is, and what it should be.
struct PartWords {
  let part: NotificationPart
  let label: String
  private let clock: AlertClock
  private let extinfo: String?
  private let unit: AmountUnit

  init(_ part: NotificationPart, _ clock: AlertClock) {
    self.part = part
    self.clock = clock
    label = plain(part.label.isEmpty ? part.field : part.label, 60)
    extinfo = part.extinfo.map { plain($0, 300) }.flatMap { $0.isEmpty ? nil : $0 }
    unit = AmountUnit(label: part.unit, isScaled: part.isScaled)
  }

  /// For a subject: `free 0.8 MiB, limit 1 MiB`. The plugin's own words go before numbers.
  var short: String {
    if let extinfo { return namesSubject ? "\(label): \(extinfo)" : extinfo }
    if part.level == .unknown { return "\(label) has no value" }
    switch part.limit {
    case .trend(let limit, let time, let perHour):
      let texts = amounts([part.value, limit])
      let end = unit.symbol == "%" && perHour > 0 ? "full" : "\(label) at its limit"
      return "\(end) in \(spanText(time - clock.now)) (\(texts[0]), limit \(texts[1]))"
    case .rate(let low, let high, let seconds, let change):
      let words = rateWords(low, high, seconds, change)
      return "\(label) \(words.change), limit \(words.ends.joined(separator: " to "))"
    case .range(let low, let high):
      let words = rangeWords(low, high)
      let limit = words.ends.isEmpty ? "" : ", limit \(words.broken ?? words.both)"
      return "\(label) \(words.value)\(limit)"
    case nil: return "\(label) \(amounts([part.value])[0])"
    }
  }

  /// For the body: `free is 0.8 MiB, limit at least 1 MiB`.
  var long: String {
    if part.level == .unknown {
      return extinfo.map { "\(label): \($0) (no value)" } ?? "\(label) has no value"
    }
    switch part.limit {
    case .trend(let limit, let time, _):
      let texts = amounts([part.value, limit])
      return "\(label) is \(texts[0]) and reaches its limit of \(texts[1]) at about "
        + clock.minute(time) + (extinfo.map { ": \($0)" } ?? "")
    case .rate(let low, let high, let seconds, let change):
      let words = rateWords(low, high, seconds, change)
      return "\(label) \(words.change)\(limitWords(low, high, words.ends))"
        + (extinfo.map { ": \($0)" } ?? "")
    default: break
    }
    var (low, high): (Double?, Double?) = (nil, nil)
    if case .range(let least, let most) = part.limit { (low, high) = (least, most) }
    let words = rangeWords(low, high)
    let limit = limitWords(low, high, words.ends)
    guard let extinfo else { return "\(label) is \(words.value)\(limit)" }
    let numbers = namesSubject ? "value \(words.value)" : "\(label) \(words.value)"
    let shown = part.level == .ok ? "" : limit
    return (namesSubject ? "\(label): " : "") + "\(extinfo) (\(numbers)\(shown))"
  }

  /// What follows a trend or a rate: how fast, and the value.
  var speed: String? {
    switch part.limit {
    case .trend(_, _, let perHour):
      let verb = perHour < 0 ? "falling" : "growing"
      return "\(verb) \(amounts([perHour.magnitude])[0]) per hour"
    case .rate: return "now \(amounts([part.value])[0])"
    default: return nil
    }
  }

  /// `worst 0.8 MiB`, `worst CRITICAL, 0.8 MiB`, for what is over.
  func worst(of level: String?) -> String? {
    let words = [level, worstAmount].compactMap(\.self)
    return words.isEmpty ? nil : "worst \(words.joined(separator: ", "))"
  }

  /// The worst value, where it is known.
  var worstAmount: String? {
    guard let value = part.worstValue else { return nil }
    var limits: [Double?] = []
    if case .range(let low, let high) = part.limit { limits = [low, high] }
    return amounts([value, part.value] + limits)[0]
  }

  /// `1 h ago 412 MiB, 1 d ago 420 MiB; lowest of the last 7 days`.
  func movement(_ movement: ValueMovement?) -> String? {
    guard let movement else { return nil }
    let texts = amounts([movement.hourAgo, movement.dayAgo])
    var ago: [String] = []
    if movement.hourAgo != nil { ago.append("1 h ago \(texts[0])") }
    if movement.dayAgo != nil { ago.append("1 d ago \(texts[1])") }
    var words = ago.isEmpty ? [] : [ago.joined(separator: ", ")]
    if let days = movement.lowestOfDays { words.append("lowest of the last \(span(days))") }
    if let days = movement.highestOfDays { words.append("highest of the last \(span(days))") }
    return words.isEmpty ? nil : words.joined(separator: "; ")
  }

  /// The limit that a changed setting gives: `10`, `1 to 5`.
  var limit: String? {
    guard case .range(let low, let high) = part.limit, low != nil || high != nil else { return nil }
    return rangeWords(low, high).both
  }

  // MARK: -

  /// A label of one word names what the field is about (`apache`, `/data`); a longer one describes the number (`worst state`).
  private var namesSubject: Bool {
    guard let extinfo, !label.contains(" ") else { return false }
    return label.lowercased() != "state" && !extinfo.hasPrefix(label)
  }

  private func amounts(_ values: [Double?]) -> [String] {
    Amount.texts(values, unit: unit, base: part.base)
  }

  private func span(_ days: Int) -> String { days == 1 ? "day" : "\(days) days" }

  private struct RangeWords {
    var value: String
    /// The limits that are given, and the one that the value is beyond.
    var ends: [String]
    var broken: String?
    var both: String { ends.joined(separator: " to ") }
  }

  private func rangeWords(_ low: Double?, _ high: Double?) -> RangeWords {
    let given = [low, high].compactMap(\.self)
    let texts = amounts([part.value] + given)
    var words = RangeWords(value: texts[0], ends: Array(texts.dropFirst()))
    if let value = part.value {
      if let low, value < low { words.broken = words.ends.first }
      if let high, value > high { words.broken = words.ends.last }
    }
    return words
  }

  private func limitWords(_ low: Double?, _ high: Double?, _ ends: [String]) -> String {
    switch (low, high) {
    case (nil, nil): ""
    case (_?, nil): ", limit at least \(ends[0])"
    case (nil, _?): ", limit at most \(ends[0])"
    case (_?, _?): ", limit \(ends.joined(separator: " to "))"
    }
  }

  private func rateWords(
    _ low: Double?, _ high: Double?, _ seconds: Int, _ change: Double
  ) -> (change: String, ends: [String]) {
    let time = [1: "s", 60: "min", 3600: "h", 86_400: "d"][seconds] ?? TimeSpan.text(seconds)
    let texts = amounts([change.magnitude] + [low, high].compactMap(\.self)).map { "\($0)/\(time)" }
    return ((change < 0 ? "falls " : "grows ") + texts[0], Array(texts.dropFirst()))
  }

}
