internal import Patterns
internal import PluginKit

/// `include_re` and `exclude_re`: patterns that are matched against the device and the mount point; one match is enough.
struct MountChoice {
  private let included: [Pattern]
  private let excluded: [Pattern]

  /// - Parameter standard: the patterns that count without the setting `exclude_re`.
  init(_ settings: [String: String], excluding standard: String = "") throws(PluginError) {
    included = try MountChoice.patterns("include_re", settings["include_re"] ?? "")
    excluded = try MountChoice.patterns("exclude_re", settings["exclude_re"] ?? standard)
  }

  func wants(_ device: String, _ point: String) -> Bool {
    func fits(_ pattern: Pattern) -> Bool { pattern.matches(device) || pattern.matches(point) }
    return included.contains(where: fits) || !excluded.contains(where: fits)
  }

  private static func patterns(
    _ name: String, _ text: String
  ) throws(PluginError) -> [Pattern] {
    var patterns: [Pattern] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      do throws(PatternError) {
        patterns.append(try Pattern(String(word)))
      } catch {
        throw PluginError(
          source: "env.\(name)", expected: "regular expressions", found: "\(error)")
      }
    }
    return patterns
  }
}
