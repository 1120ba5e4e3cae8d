import EventLoop
import Ledger
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// What `check` shows of munin.conf: the tree, and the disk space of each node.
@Suite(.timeLimit(.minutes(1))) struct SettingsTreeTests {
  private func settings(_ text: String) -> MasterSettings {
    MasterSettings.parse([SettingsFile(name: "munin.conf", text: text)]).settings
  }

  @Test func everySettingHasItsPlaceInTheTree() async throws {
    let tree = try await SettingsTree(
      settings(
        """
        dbdir /nonexistent
        update_rate 60
        [a;]
        contacts none
        [a;b;web01]
        address 192.0.2.1
        load.load.warning 5
        load.graph_title Load
        disk.sda.util.critical 98
        load.load.critical 9
        [a;web02]
        update no
        """), ledger: nil)
    #expect(tree.root.settings.map(\.word) == ["dbdir", "update_rate"])
    #expect(tree.root.settings.map(\.place.line) == [1, 2] && tree.root.nodes.isEmpty)
    let a = try #require(tree.root.groups.first)
    #expect(tree.root.groups.count == 1 && a.name == "a")
    #expect(a.settings.map(\.value) == ["none"] && a.nodes.map(\.host.name) == ["web02"])
    #expect(a.groups.map(\.name) == ["b"])
    let node = try #require(a.groups.first?.nodes.first)
    #expect(node.settings.map(\.word) == ["address"] && node.host.updateRate == 60)
    #expect(node.services.map(\.name) == ["load", "disk.sda"])
    #expect(
      node.services.map { $0.settings.map { "\($0.field ?? "-") \($0.word) \($0.place)" } } == [
        [
          "load warning \(SettingPlace(file: "munin.conf", line: 7))",
          "- graph_title \(SettingPlace(file: "munin.conf", line: 8))",
          "load critical \(SettingPlace(file: "munin.conf", line: 10))",
        ], ["util critical \(SettingPlace(file: "munin.conf", line: 9))"],
      ])
    // One that is not polled needs no space.
    #expect(tree.disk.unknownNodes == 1 && node.disk.unknownNodes == 1)
  }

  /// Files that exist are counted as they are, those to come by the layout that they will have.
  @Test func filesThatExistAndThatComeAreCounted() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title L\na.label a\nb.label b", "a.value 1\nb.value 2")
      ])
      defer { node.close() }
      let station = try await Station([("g;web", node), ("g;web-1", node)])
      await station.poll()
      let whole = try await SettingsTree(station.settings, ledger: station.ledger)
      let size = 2872 + 24 * (576 + 432 + 540 + 450)
      #expect(
        whole.root.groups[0].nodes.map(\.disk)
          == Array(
            repeating: DiskSpace(files: 2, bytes: 2 * size), count: 2))
      station.scratch.remove("db/g/web-load-b-g.rrd")
      var text =
        "dbdir \(station.scratch.path)/db\n[g;web]\naddress x\nload.b.graph_data_size huge\n"
      text += "[g;web-1]\naddress x\n[g;new]\naddress x\n"
      let tree = try await SettingsTree(settings(text), ledger: station.ledger)
      let huge = 376 + 3 * (208 + 8 * 115_200)
      #expect(
        tree.root.groups[0].nodes.map(\.disk) == [
          DiskSpace(files: 1, bytes: size, filesToCome: 1, bytesToCome: huge),
          DiskSpace(files: 2, bytes: 2 * size), DiskSpace(unknownNodes: 1),
        ])
      #expect(
        tree.disk
          == DiskSpace(
            files: 3, bytes: 3 * size, filesToCome: 1, bytesToCome: huge, unknownNodes: 1))
    }
  }
}
