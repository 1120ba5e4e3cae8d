internal import Collector
internal import Glibc
internal import RRD
internal import Settings
internal import Terminal
internal import Text

/// `apus-collector check`: everything that is wrong with the settings and with the files in the data folder.
enum CollectorCheck {
  /// - Parameter path: munin.conf, or `nil` for no settings at all.
  static func run(_ configuration: Configuration, path: String?) -> Int32 {
    let findings = files(below: configuration.settings.databaseDirectory)
    for finding in findings { Terminal.complain("warning: \(finding)", program: program) }
    let warnings = configuration.warnings.count + findings.count
    let polled = configuration.settings.hosts.count(where: \.update)
    let result = warnings == 0 ? "no problem found" : Amount.count(warnings, "warning")
    Terminal.say(
      "\(path ?? "no settings"): \(result); \(Amount.count(polled, "node")) would be polled")
    return ExitCode.done
  }

  private static func files(below folder: String) -> [String] {
    let future = FutureFiles(below: folder, now: time(nil))
    var findings = future.files.map {
      "\($0.path): its newest value lies in the future: values until "
        + "\(CalendarTime.local($0.lastUpdate).text) are lost"
    }
    if future.count > findings.count {
      findings.append("\(folder): \(future.count - findings.count) more files of that kind")
    }
    return findings
  }
}
