import Foundation
import MuninWire
import Settings
import Testing

/// The settings that `make run` starts with.
@Suite struct DemoTests {
  private static let samples =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "munin-conf")

  private func demo(_ name: String) throws -> SettingsFile {
    let bytes = try Data(contentsOf: Self.samples.appending(path: "demo/\(name)"))
    return SettingsFile(name: name, bytes: Array(bytes))
  }

  @Test func collectorKeepsEveryTenSecondsOfNinetyMinutes() throws {
    let (settings, problems, warnings) = MasterSettings.parse([try demo("munin.conf")])
    #expect(problems.isEmpty && warnings.isEmpty, "\(problems) \(warnings)")
    #expect(settings.updateRate == 10)
    let archives = settings.graphDataSize.archives(step: 10)
    #expect(archives.map(\.steps) == [1, 6, 30, 180, 720, 8640])
    #expect(archives.first.map { $0.rows >= 90 * 6 } == true)
    #expect(settings.hosts.map(\.useNodeName) == [true])
    // Nobody's mailbox and nobody's network: loopback only, no contacts.
    #expect(settings.webListen?.host == "127.0.0.1" && settings.contacts.isEmpty)
  }

  @Test func nodeListensOnLoopbackOnly() throws {
    let (settings, problems, warnings) = NodeSettings.parse(try demo("munin-node.conf"))
    #expect(problems.isEmpty && warnings.isEmpty, "\(problems) \(warnings)")
    #expect(settings.isLoopbackOnly)
  }

  /// A file in munin-conf that no test reads would go stale.
  @Test func everySampleIsRead() throws {
    let read = [
      "apus-collector-hardened.conf", "apus-node-unprivileged.conf", "demo/munin-node.conf",
      "demo/munin.conf", "demo/run",
      // The rest, and the first, is read by Integration's test of what is installed.
      "install", "logrotate/apus-collector", "logrotate/apus-node", "munin-node.conf", "munin.conf",
      "plugin-conf.d/apus",
      "systemd/apus-collector.service", "systemd/apus-node-unprivileged.service",
      "systemd/apus-node.service", "systemd/apus-node.socket", "systemd/apus.sysusers.conf",
      "systemd/apus.tmpfiles.conf",
    ]
    let found = FileManager.default.enumerator(at: Self.samples, includingPropertiesForKeys: nil)?
      .compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath }
      .map { String($0.path.dropFirst(Self.samples.path.count + 1)) }
    #expect(try #require(found).sorted() == read)
  }
}
