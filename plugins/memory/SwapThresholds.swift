internal import PluginKit

/// The standard thresholds of swap in use, in percent of all swap, and the settings that replace them.
///
/// ``MemoryAvailable`` has them on its field `swap`, ``SwapUsage`` on `total` and `group` (in percent of the control
/// group's limit). A single swap device has none: of several devices the kernel fills the first before the next.
enum SwapThresholds {
  /// Little is left for what has to be swapped next.
  static let warning = "80%"
  /// When swap is full, the kernel kills programs.
  static let critical = "95%"

  /// The reasons, for manuals.
  static let reasons =
    "above 80 % little room is left, above 95 % the kernel will soon kill programs"

  /// `env.FIELD_warning` and `env.FIELD_critical`.
  /// - Parameter whole: what 100 % is, for people: `the swap`.
  static func setting(_ field: String, of whole: String) -> EnvSetting {
    .thresholds(
      field, as: .rangeOrShare, default: "\(warning), \(critical)", "bytes or % of \(whole)",
      check: EnvSetting.bytes)
  }
}
