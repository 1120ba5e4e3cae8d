import Logbook
import Node
import Settings
import Testing

struct LogSettingsTests {
  private func settings(_ text: String) -> NodeSettings {
    NodeSettings.parse(SettingsFile(name: "n.conf", text: text)).settings
  }

  @Test(
    arguments: [
      ("port 1", .standardError),
      ("log_file /var/log/munin/munin-node.log", .file("/var/log/munin/munin-node.log")),
      ("log_file Sys::Syslog", .syslog(identity: "munin-node", facility: 3)),
      (
        "log_file sys::syslog\nsyslog_ident apus\nsyslog_facility local2",
        .syslog(identity: "apus", facility: 18)
      ),
    ] as [(String, Logbook.Destination)])
  func theLogGoesWhereTheSettingsSay(text: String, destination: Logbook.Destination) {
    #expect(settings(text).logDestination == destination)
  }

  @Test(
    arguments: [
      ("port 1", .notice), ("log_level 0", .failure), ("log_level 1", .warning),
      ("log_level 3", .info), ("log_level 4", .debug),
    ] as [(String, Logbook.Severity)])
  func theSeverityIsTheOneOfTheSettings(text: String, severity: Logbook.Severity) {
    #expect(settings(text).logSeverity == severity)
  }
}
