internal import Collector
internal import Settings
internal import Text

/// What `check` has found, for programs: one JSON object.
struct CheckReport {
  private(set) var json = JSON()

  init(_ configuration: Configuration, path: String?, warnings: [String], tree: SettingsTree?) {
    let files = configuration.files
    json.object { json in
      json.member("version", 1)
      json.member("file", path)
      json.name("errors")
      json.list(configuration.problems) { $0.finding($1, files) }
      json.name("warnings")
      json.list(warnings) { $0.finding($1, files) }
      guard let tree else { return }
      json.name("settings")
      json.list(tree.root.settings) { $0.setting($1) }
      json.name("nodes")
      json.list(tree.root.nodes) { $0.node($1) }
      json.name("groups")
      json.list(tree.root.groups) { $0.group($1) }
      json.name("disk")
      json.disk(tree.disk)
    }
  }
}

extension JSON {
  /// A finding begins with one of the files and a line, where it has a place.
  fileprivate mutating func finding(_ text: String, _ files: [String]) {
    var file: String?
    var line: Int?
    var message = text[...]
    if let name = files.first(where: { text.hasPrefix("\($0):") }) {
      file = name
      message = text.dropFirst(name.count + 1)
      let digits = message.prefix { $0.isASCII && $0.isNumber }
      if !digits.isEmpty, message.dropFirst(digits.count).hasPrefix(":") {
        line = Int(digits)
        message = message.dropFirst(digits.count + 1)
      }
      if message.hasPrefix(" ") { message.removeFirst() }
    }
    object { json in
      json.member("file", file)
      json.member("line", line)
      json.member("message", String(message))
    }
  }

  fileprivate mutating func setting(_ setting: PlacedSetting) {
    object { json in
      if let field = setting.field { json.member("field", field) }
      json.member("word", setting.word)
      json.member("value", setting.value)
      json.member("file", setting.place.file)
      json.member("line", setting.place.line)
    }
  }

  fileprivate mutating func group(_ group: SettingsTree.Group) {
    object { json in
      json.member("name", group.name)
      json.name("settings")
      json.list(group.settings) { $0.setting($1) }
      json.name("nodes")
      json.list(group.nodes) { $0.node($1) }
      json.name("groups")
      json.list(group.groups) { $0.group($1) }
    }
  }

  fileprivate mutating func node(_ node: SettingsTree.Node) {
    let host = node.host
    object { json in
      json.member("name", host.name)
      json.member("path", host.path)
      json.member("address", host.address)
      json.member("polled", host.update && host.obstacle == nil)
      json.member("obstacle", host.obstacle)
      json.member("update_rate", host.updateRate)
      json.member("file", host.file)
      json.member("line", host.line)
      json.name("settings")
      json.list(node.settings) { $0.setting($1) }
      json.name("services")
      json.list(node.services) { json, service in
        json.object { json in
          json.member("name", service.name)
          json.name("settings")
          json.list(service.settings) { $0.setting($1) }
        }
      }
      json.name("disk")
      json.disk(node.disk)
    }
  }

  fileprivate mutating func disk(_ disk: DiskSpace) {
    object { json in
      json.member("files", disk.files)
      json.member("bytes", disk.bytes)
      json.member("files_to_come", disk.filesToCome)
      json.member("bytes_to_come", disk.bytesToCome)
      json.member("nodes_not_polled_yet", disk.unknownNodes)
    }
  }
}
