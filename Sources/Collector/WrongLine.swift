internal import Settings

/// A line of the settings that is wrong and that a start passes over, as munin does.
public struct WrongLine: Sendable, Hashable, CustomStringConvertible {
  /// `munin.conf:12`, perhaps with a word.
  let place: String
  let fact: String

  public var description: String { "\(place): \(fact)" }

  /// The same wherever the line stands: lines above it may come and go.
  private var identity: String {
    let parts = place.split(separator: ":", omittingEmptySubsequences: false)
    return (parts.filter { Int($0) == nil } + [Substring(fact)]).joined(separator: ":")
  }

  init(place: String, fact: String) {
    self.place = place
    self.fact = fact
  }

  /// - Returns: `nil` for a warning about a line that is used as it stands.
  init?(_ warning: SettingFinding) {
    guard let fact = warning.wrong else { return nil }
    self.init(place: "\(warning.file):\(warning.line)", fact: fact)
  }

  /// Those that were not wrong before.
  public static func new(in lines: [WrongLine], since old: [WrongLine]) -> [WrongLine] {
    var known: [String: Int] = [:]
    for line in old { known[line.identity, default: 0] += 1 }
    return lines.filter { line in
      guard let count = known[line.identity], count > 0 else { return true }
      known[line.identity] = count - 1
      return false
    }
  }
}
