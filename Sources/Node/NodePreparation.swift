public import Logbook
package import Patterns
public import Settings
package import Terminal

extension NodeProgram {
  /// Settings that were read and compiled without a problem.
  public struct Prepared: Sendable {
    public var settings: NodeSettings
    package var plugins: PluginSettings
    package var access: AccessControl
    package var ignored: [Pattern]
    /// Default settings that could not be read and were left out.
    package var unread: [FileFailure]
    /// Where the log goes.
    public var log: Logbook.Destination { settings.logDestination }
    /// How much is told.
    public var logSeverity: Logbook.Severity { settings.logSeverity }
    /// Findings that do not keep the daemon from starting.
    public var warnings: [String]
  }

  /// Reads all settings.
  /// - Parameter forgivesDefaults: files at default places that cannot be read are left out and listed in
  ///   ``Prepared/unread``, for commands that are useful without them.
  /// - Returns: them, or every problem there is.
  public static nonisolated func prepare(
    _ places: Places, forgivesDefaults: Bool = false
  ) -> (prepared: Prepared?, problems: [String]) {
    var reader = SettingsReader(forgivesDefaults: forgivesDefaults)
    var problems: [String] = []
    var warnings: [String] = []
    var settings = NodeSettings()
    if let place = places.config {
      let parsed = NodeSettings.parse(reader.nodeFiles(place))
      settings = parsed.settings
      problems += parsed.problems.map(\.description)
      warnings += parsed.warnings.map(\.description)
    }
    if let paranoia = places.paranoia { settings.paranoia = paranoia }
    let (access, faults) = AccessControl.compile(settings.access)
    problems += faults.map(\.description)
    var ignored: [Pattern] = []
    for setting in settings.ignorePatterns {
      do throws(PatternError) {
        ignored.append(try Pattern(setting.text))
      } catch {
        problems.append(setting.finding("ignore_file: \(error)").description)
      }
    }
    let (plugins, wrong) = PluginSettings.parse(
      reader.pluginFiles(places, paranoia: settings.paranoia, ignoring: ignored))
    problems += wrong.map(\.description)
    warnings += plugins.warnings.map(\.description)
    NodeTLS.check(settings.tls, settings.place(of: "tls"), &problems, &warnings)
    problems = reader.failures + problems
    guard problems.isEmpty else { return (nil, problems) }
    let prepared = Prepared(
      settings: settings, plugins: plugins, access: access, ignored: ignored,
      unread: reader.unread, warnings: warnings + reader.warnings)
    return (prepared, [])
  }

  /// plugin-conf.d as it is now.
  static nonisolated func readPluginSettings(
    _ places: Places, _ node: NodeSettings, ignoring ignored: [Pattern]
  ) -> (settings: PluginSettings, problems: [String]) {
    var reader = SettingsReader(forgivesDefaults: false)
    let (settings, faults) = PluginSettings.parse(
      reader.pluginFiles(places, paranoia: node.paranoia, ignoring: ignored))
    return (settings, reader.failures + faults.map(\.description))
  }
}

extension NodeProgram.Prepared {
  /// One line about the default settings that were left out, and what that changes; `nil` when none were.
  package var unreadLine: String? {
    guard !unread.isEmpty else { return nil }
    let whose = unread.count == 1 ? "its" : "their"
    return unread.map(\.description).joined(separator: "; ")
      + "; \(whose) settings have no effect here"
  }
}
