internal import MuninWire
internal import PluginKit

/// Checks of thresholds on amounts of memory.
enum MemoryThresholds {
  /// Smaller bounds are percentages whose `%` was forgotten: `env.available_warning 15`.
  private static let leastBytes = 1024.0

  /// Says why a range of bytes cannot be meant; `nil` for one that can. A range with a share (`10%:`) can, and 0 can.
  @Sendable static func check(_ value: String) -> String? {
    if value.contains("%") { return nil }
    for side in value.split(separator: ":") {
      guard let bytes = parseNumber(String(side).utf8.span) else { continue }
      if bytes != 0, bytes < leastBytes {
        return
          "the unit is bytes, and \(side) is less than 1 kB; for a share of the whole write \(side)%"
      }
    }
    return nil
  }

  /// The same for munin's plugin `memory`, which, like all of Perl, takes a plain 0 for not set.
  @Sendable static func checkLikePerl(_ value: String) -> String? {
    EnvSetting.notZero(value) ?? check(value)
  }
}
