import Foundation
import Settings
import TestSupport
import Testing

/// The samples that an administrator copies must never be wrong.
@Suite struct SampleTests {
  private static let folder =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "munin-conf")

  private func sample(_ name: String) throws -> SettingsFile {
    let bytes = try Data(contentsOf: Self.folder.appending(path: name))
    return SettingsFile(name: name, bytes: Array(bytes))
  }

  @Test func nodeSampleIsRight() throws {
    let (settings, problems, warnings) = NodeSettings.parse(try sample("munin-node.conf"))
    #expect(problems.isEmpty && warnings.isEmpty, "\(problems) \(warnings)")
    #expect(settings.isLoopbackOnly && settings.ignorePatterns.count == 7)
    // What the sample spells out are the defaults.
    let defaults = NodeSettings()
    #expect(
      settings.timeout == defaults.timeout && settings.globalTimeout == defaults.globalTimeout)
    #expect(settings.logLevel == defaults.logLevel && settings.tls == defaults.tls)
    #expect(settings.maxServers == defaults.maxServers)
    #expect(settings.defaultPluginUser == defaults.defaultPluginUser)
  }

  /// The node without root starts with its sample, and nothing in it needs root.
  @Test func unprivilegedSampleIsRight() throws {
    let (settings, problems, warnings) = NodeSettings.parse(
      try sample("apus-node-unprivileged.conf"))
    #expect(problems.isEmpty && warnings.isEmpty, "\(problems) \(warnings)")
    #expect(settings.user == nil && settings.group == nil && settings.pidFile == nil)
    #expect(settings.logFile == nil && settings.access.count == 2 && settings.hosts == ["*"])
  }

  @Test func masterSampleIsRight() throws {
    let (settings, problems, warnings) = MasterSettings.parse([try sample("munin.conf")])
    #expect(problems.isEmpty && warnings.isEmpty, "\(problems) \(warnings)")
    let defaults = MasterSettings()
    #expect(settings.databaseDirectory == defaults.databaseDirectory)
    #expect(settings.updateRate == defaults.updateRate)
    #expect(settings.graphDataSize == defaults.graphDataSize)
    #expect(settings.webListen == defaults.webListen)
    #expect(settings.hosts.map(\.update) == [true, true, false])
    #expect(settings.contacts.map(\.name) == ["admin", "pager"])
    let web = try #require(settings.hosts.first)
    #expect(settings.overrides(for: web).count == 7)
    #expect(
      settings.recipients(group: ["example.com"], host: "db01.example.com", service: "memory")
        .map(\.name) == ["admin", "pager"])
  }

  @Test func pluginSampleIsRight() throws {
    let (settings, problems) = PluginSettings.parse([try sample("plugin-conf.d/apus")])
    #expect(problems.isEmpty && settings.warnings.isEmpty, "\(problems) \(settings.warnings)")
    #expect(settings.settings(for: "df_inode").variable("critical") == "98")
    #expect(settings.settings(for: "if_err_eth0").user == "nobody")
  }

  /// What is commented out is right as well.
  @Test(arguments: ["munin-node.conf", "munin.conf", "plugin-conf.d/apus"])
  func commentedDirectivesAreRight(name: String) throws {
    let text = String(decoding: try sample(name).bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      // A directive stands right behind the hash, prose behind a blank.
      line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
    }
    let file = SettingsFile(name: name, text: lines.joined(separator: "\n"))
    #expect(file.bytes.count < text.utf8.count)
    switch name {
    case "munin.conf": #expect(MasterSettings.parse([file]).problems.isEmpty)
    case "munin-node.conf": #expect(NodeSettings.parse(file).problems.isEmpty)
    default: #expect(PluginSettings.parse([file]).problems.isEmpty)
    }
  }

  @Test(arguments: ["munin-node.conf", "munin.conf", "plugin-conf.d/apus"])
  func damagedSamplesNeverTrap(name: String) throws {
    let bytes = try sample(name).bytes
    var noise = Noise(6)
    for _ in 0..<400 {
      let file = SettingsFile(name: name, bytes: noise.damaged(bytes))
      switch name {
      case "munin.conf":
        let settings = MasterSettings.parse([file]).settings
        for host in settings.hosts { _ = settings.overrides(for: host) }
      case "munin-node.conf": _ = NodeSettings.parse(file).settings.endpoints
      default: _ = PluginSettings.parse([file]).settings.settings(for: "df")
      }
    }
  }
}
