internal import Collector
internal import Settings
internal import Text

/// The tree of munin.conf for people: groups, nodes, and services with what is set and where.
struct CheckTree {
  private(set) var text = ""

  init(_ tree: SettingsTree) {
    add(tree.root, depth: 0)
    add(0, "all nodes: \(CheckTree.words(for: tree.disk))")
  }

  private mutating func add(_ group: SettingsTree.Group, depth: Int) {
    add(depth, group.name.isEmpty ? "top level" : "\(group.name);")
    for setting in group.settings { add(depth + 1, setting) }
    for node in group.nodes { add(node, depth: depth + 1) }
    for inner in group.groups { add(inner, depth: group.name.isEmpty ? depth : depth + 1) }
  }

  private mutating func add(_ node: SettingsTree.Node, depth: Int) {
    let host = node.host
    let polled =
      if let obstacle = host.obstacle { "not polled: \(obstacle)" } else if host.update {
        "\(host.endpoint.map { "\($0)" } ?? host.address), every \(host.updateRate) s"
      } else {
        "not polled"
      }
    add(depth, "\(host.name)  \(polled)  (\(host.file):\(host.line))")
    add(depth + 1, "disk: \(CheckTree.words(for: node.disk))")
    for setting in node.settings { add(depth + 1, setting) }
    for service in node.services {
      add(depth + 1, service.name)
      for setting in service.settings { add(depth + 2, setting) }
    }
  }

  private mutating func add(_ depth: Int, _ setting: PlacedSetting) {
    let word = (setting.field.map { "\($0)." } ?? "") + setting.word
    add(depth, "\(word) \(setting.value)  (\(setting.place.file):\(setting.place.line))")
  }

  private mutating func add(_ depth: Int, _ line: String) {
    text += String(repeating: "  ", count: depth) + line + "\n"
  }

  /// `40 files, 2.033 MB; 3 more to come, 152.5 kB`
  static func words(for space: DiskSpace) -> String {
    var parts = ["\(Amount.count(space.files, "file")), \(size(space.bytes))"]
    if space.filesToCome > 0 {
      parts.append("\(space.filesToCome) more to come, \(size(space.bytesToCome))")
    }
    if space.unknownNodes > 0 {
      parts.append("\(Amount.count(space.unknownNodes, "node")) not polled yet")
    }
    return parts.joined(separator: "; ")
  }

  private static func size(_ bytes: Int) -> String { Amount.text(Double(bytes), unit: "B") }
}
