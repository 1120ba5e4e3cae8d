internal import Glibc
public import Logbook
internal import Patterns
public import Settings
internal import Terminal

extension NodeProgram {
  /// Where everything is, as the command line or the defaults say.
  public struct Places: Sendable {
    /// munin-node.conf; `nil` for none.
    public var config: String?
    /// The folder of plugins; `nil` for none.
    public var services: String?
    /// plugin-conf.d; `nil` for none.
    public var pluginSettings: String?
    /// One more file of plugins' settings, read last.
    public var pluginSettingsFile: String?
    /// The command line's word on `paranoia`, which goes before the file's.
    public var paranoia: Bool?
    /// `MUNIN_DEBUG` for plugins.
    public var debugsPlugins = false

    public init(config: String?, services: String?, pluginSettings: String?) {
      self.config = config
      self.services = services
      self.pluginSettings = pluginSettings
    }
  }

  /// Settings that were read and compiled without a problem.
  public struct Prepared: Sendable {
    public var settings: NodeSettings
    var plugins: PluginSettings
    var access: AccessControl
    var ignored: [Pattern]
    /// Where the log goes.
    public var log: Logbook.Destination { settings.logDestination }
    /// How much is told.
    public var logSeverity: Logbook.Severity { settings.logSeverity }
    /// What is odd but no reason not to start.
    public var warnings: [String]
  }

  /// Reads all settings.
  /// - Returns: them, or every problem there is.
  public static nonisolated func prepare(_ places: Places) -> (
    prepared: Prepared?, problems: [String]
  ) {
    var problems: [String] = []
    var warnings: [String] = []
    var settings = NodeSettings()
    if let path = places.config {
      let parsed = NodeSettings.parse(readSettings(path, &problems))
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
        problems.append(setting.problem("ignore_file: \(error)").description)
      }
    }
    let plugins = readPluginSettings(
      places, settings, ignoring: ignored, &problems, &warnings)
    NodeTLS.check(settings.tls, places.config ?? "settings", &problems, &warnings)
    guard problems.isEmpty else { return (nil, problems) }
    let prepared = Prepared(
      settings: settings, plugins: plugins, access: access, ignored: ignored, warnings: warnings)
    return (prepared, [])
  }

  /// munin-node.conf and the files of its `include_dir`.
  private static nonisolated func readSettings(
    _ path: String, _ problems: inout [String]
  ) -> [SettingsFile] {
    var files: [SettingsFile] = []
    read(path, into: &files, &problems)
    guard let main = files.first, let folder = NodeSettings.includeDirectory(of: main) else {
      return files
    }
    // All that is called so: what cannot be read is a problem, for a deny in it would be missing.
    guard let names = Terminal.names(in: folder) else {
      problems.append("\(path): include_dir: \(FileFailure(path: folder, code: errno))")
      return files
    }
    for name in names where NodeSettings.isIncluded(fileName: name) {
      read("\(folder)/\(name)", into: &files, &problems)
    }
    return files
  }

  private static nonisolated func read(
    _ path: String, into files: inout [SettingsFile], _ problems: inout [String]
  ) {
    switch Terminal.read(path) {
    case .failure(let failure): problems.append("\(failure)")
    case .success(let bytes): files.append(SettingsFile(name: path, bytes: bytes))
    }
  }

  /// plugin-conf.d as it is now.
  static nonisolated func readPluginSettings(
    _ places: Places, _ node: NodeSettings, ignoring ignored: [Pattern],
    _ problems: inout [String], _ warnings: inout [String]
  ) -> PluginSettings {
    var files: [SettingsFile] = []
    if let folder = places.pluginSettings {
      guard let names = Terminal.files(in: folder) else {
        problems.append("\(FileFailure(path: folder, code: errno))")
        return PluginSettings()
      }
      for name in names
      where PluginSettings.isFileName(name) && !ignored.contains(where: { $0.matches(name) }) {
        let path = "\(folder)/\(name)"
        if node.paranoia, let danger = Permissions.danger(of: path) {
          warnings.append("\(path): not read (paranoia): \(danger)")
          continue
        }
        read(path, into: &files, &problems)
      }
    }
    if let path = places.pluginSettingsFile { read(path, into: &files, &problems) }
    let (settings, faults) = PluginSettings.parse(files)
    problems += faults.map(\.description)
    return settings
  }
}
