import EventLoop
import Glibc
import Logbook
import MuninWire
import PluginKit
import Plugins
import Settings
import TestSupport
import Testing

@testable import Node

/// Links to munin's own plugins: who answers, and why.
struct StockPluginTests {
  private let folder: TemporaryFolder
  private var library: String { "\(folder.path)/library" }

  /// A folder of munin's plugins: `load`, `if_` and `tcp`.
  init() throws {
    folder = try TemporaryFolder()
    for name in ["load", "if_", "tcp"] { try folder.script("library/\(name)", "echo \(name)") }
    try folder.write("dpkg/other.md5sums", "not a list\n")
  }

  /// What dpkg would have recorded: md5sum(1) of the file as it is now.
  private func record(_ names: String...) async throws {
    let found = try await onTestLoop { [library] in
      try await ChildProcess.run(
        ChildProgram(path: "/usr/bin/md5sum", arguments: names.map { "\(library)/\($0)" }),
        within: .seconds(10)
      ).output
    }
    let text = String(decoding: found, as: UTF8.self)
    // dpkg's paths have no slash at their beginning.
    let lines = text.split(separator: "\n").map { "\($0.prefix(34))\($0.dropFirst(35))\n" }
    try folder.write("dpkg/munin-plugins-core.md5sums", lines.joined())
  }

  private func verdict(
    _ name: String, leadingTo file: String? = nil, policy: StockPlugins = .builtIn,
    settings text: String = "", canRead: Bool = true
  ) async throws -> StockVerdict {
    let target = file ?? "\(library)/\(name)"
    let settings = PluginSettings.parse([SettingsFile(name: "conf", text: text)]).settings
    return try await onTestLoop { [library, folder] in
      let judge = StockPluginJudge(
        library: library, builtIns: builtIn, infoFolder: "\(folder.path)/dpkg")
      await judge.look(at: [(name, target)])
      return judge.verdict(
        on: name, target: target, policy: policy, settings: settings.settings(for: name)
      ) { _ in canRead }
    }
  }

  @Test func anUnchangedPluginIsAnsweredInProcess() async throws {
    try await record("load", "if_")
    #expect(try await verdict("load") == .builtIn)
    #expect(try await verdict("if_eth0", leadingTo: "\(library)/if_") == .builtIn)
  }

  @Test func onlyAChangedFileRefuses() async throws {
    try await record("load")
    try folder.script("library/load", "echo mine")
    #expect(
      try await verdict("load")
        == .script(reason: "\(library)/load was changed since its package installed it"))
  }

  @Test func aFileThatNoPackageInstalledIsAScript() async throws {
    try await record("if_")
    #expect(
      try await verdict("load") == .script(reason: "no package installed \(library)/load"))
  }

  @Test func thePolicyDecides() async throws {
    try await record("load")
    #expect(
      try await verdict("load", policy: .script) == .script(reason: "stock_plugins script"))
  }

  @Test func linksElsewhereAreNoStockPlugins() async throws {
    try await record("load", "tcp")
    // Another name, another folder, no built-in plugin, a plugin under the name of another.
    #expect(try await verdict("load2", leadingTo: "\(library)/load") == .notStock)
    let other = try folder.script("own/load", "echo")
    #expect(try await verdict("load", leadingTo: other) == .notStock)
    #expect(try await verdict("tcp") == .notStock)
    #expect(try await verdict("load", leadingTo: "\(library)/cpu") == .notStock)
    let none = try await onTestLoop { [library] in
      StockPluginJudge(library: nil, builtIns: builtIn, infoFolder: "").verdict(
        on: "load", target: "\(library)/load", policy: .builtIn, settings: ServiceSettings()
      ) { _ in true }
    }
    #expect(none == .notStock)
  }

  @Test(arguments: [
    ("[load]\nenv.load_warning 5\n", nil),
    ("[*]\nenv.LANG C\nenv.MUNIN_DEBUG 1\nuser root\ntimeout 9\n", nil),
    ("[load]\ncommand nice %c\n", "plugin-conf.d sets command"),
    ("[load]\nenv.load_warning abc\n", "env.load_warning: expected "),
    ("[load]\nenv.nonsense_setting 1\n", "env.nonsense_setting: the plugin has no such setting"),
  ])
  func onlySettingsThatAreUnderstoodCount(text: String, reason: String?) async throws {
    try await record("load")
    switch try await verdict("load", settings: text) {
    case .builtIn: #expect(reason == nil)
    case .script(let found): #expect(reason.map(found.hasPrefix) == true, "\(found)")
    case .notStock: Issue.record("not stock")
    }
  }

  @Test func whatOnlyItsUserCanReadIsAScript() async throws {
    try await record("load")
    #expect(
      try await verdict("load", settings: "[load]\nuser sonst\n", canRead: false)
        == .script(reason: "only sonst of plugin-conf.d can read what it shows"))
  }

  // MARK: Records that cannot be read

  /// Whatever stands in the place of a list, nothing waits for it, and it proves nothing.
  @Test(arguments: [("fifo", "a FIFO"), ("folder", "a folder")])
  func aListThatIsNoFileProvesNothing(kind: String, words: String) async throws {
    let list = "\(folder.path)/dpkg/munin-plugins-core.md5sums"
    if kind == "fifo" {
      mkfifo(list, 0o644)
    } else {
      try folder.write("dpkg/munin-plugins-core.md5sums/x", "")
    }
    let reason =
      "cannot tell whether \(library)/load was changed: cannot open \(list): "
      + "expected a regular file, found \(words)"
    #expect(try await verdict("load") == .script(reason: reason))
    // What another list records is proved as before.
    let found = try await onTestLoop { [library] in
      try await ChildProcess.run(
        ChildProgram(path: "/usr/bin/md5sum", arguments: ["\(library)/if_"]), within: .seconds(10)
      ).output
    }
    let line = String(decoding: found, as: UTF8.self)
    try folder.write(
      "dpkg/munin-node.md5sums", "\(line.prefix(34))\(line.dropFirst(35))")
    #expect(try await verdict("if_eth0", leadingTo: "\(library)/if_") == .builtIn)
  }

  @Test func aListWithoutEndIsRefused() async throws {
    let list = try folder.write(
      "dpkg/munin-plugins-core.md5sums", String(repeating: "x", count: 5 << 20))
    let reason =
      "cannot tell whether \(library)/load was changed: cannot open \(list): "
      + "expected at most 4194304 bytes, found more"
    #expect(try await verdict("load") == .script(reason: reason))
  }

  // MARK: Without dpkg

  @Test(.enabled(if: geteuid() == 0)) func withoutRecordsTheOwnerDecides() async throws {
    chmod(library, 0o755)
    #expect(try await verdict("load") == .builtIn)
    chmod("\(library)/load", 0o777)
    #expect(
      try await verdict("load")
        == .script(reason: "\(library)/load may be written by everybody"))
    chmod("\(library)/load", 0o755)
    chown("\(library)/load", 12345, 0)
    #expect(
      try await verdict("load")
        == .script(reason: "\(library)/load belongs to user 12345, expected root"))
  }

  @Test(arguments: [
    ("d41d8cd98f00b204e9800998ecf8427e  usr/a b", "usr/a b"),
    ("D41D8CD98F00B204E9800998ECF8427E *usr/x", "usr/x"),
    ("d41d8cd98f00b204e9800998ecf8427e  ", nil), ("d41d8cd98f00b204e9800998ecf8427", nil),
    ("", nil),
    ("z41d8cd98f00b204e9800998ecf8427e  usr/x", nil),
    ("d41d8cd98f00b204e9800998ecf8427e-usr/xyz", nil),
  ])
  func linesOfSumsAreParsed(line: String, path: String?) {
    let parsed = PackageSums.parse(Array(line.utf8)[...])
    #expect(parsed?.path == path)
    if path != nil { #expect(parsed?.sum == "d41d8cd98f00b204e9800998ecf8427e") }
  }

  @Test func noiseIsNoSum() throws {
    var noise = Noise(7)
    for _ in 0..<200 {
      try folder.write("dpkg/munin-x.md5sums", noise.bytes(300))
      #expect(PackageSums(folder: "\(folder.path)/dpkg", library: "/usr").sums.isEmpty)
    }
  }

  // MARK: In the node

  /// The script says 1, the built-in plugin what the kernel says.
  @Test func theNodeAnswersInProcessAndSaysSo() async throws {
    try folder.script("library/load", "echo load.value script")
    try await record("load")
    try folder.write("services/.keep", "")
    try folder.link("services/load", to: "\(library)/load")
    let library = library
    let folder = folder
    try await onTestLoop {
      let log = try Logbook(to: .file("\(folder.path)/log"))
      @LoopActor func answer(_ directives: String) async throws -> String {
        let node = NodeSettings.parse(
          SettingsFile(name: "n", text: directives + "plugin_state_dir \(folder.path)/state\n")
        ).settings
        let services = ServiceList(
          nodeName: "web01", node: node, plugins: PluginSettings(),
          directory: "\(folder.path)/services", ignored: [], environment: [], log: log,
          library: library, infoFolder: "\(folder.path)/dpkg")
        try await services.load(program: nil)
        var reply = Reply()
        await services.ask(
          "load", .fetch, for: Caller(address: "", capabilities: Capabilities()), into: &reply)
        return reply.text
      }
      let scripts = "default_plugin_user \(geteuid())\ndefault_plugin_group \(getegid())\n"
      #expect(try await answer("stock_plugins script\n" + scripts) == "load.value script\n.\n")
      let builtIn = try await answer("stock_plugins builtin\n")
      #expect(builtIn.hasPrefix("load.value ") && !builtIn.contains("script"), "\(builtIn)")
    }
    let lines = (folder.read("log") ?? "").split(separator: "\n").filter {
      $0.contains("stock_plugins")
    }
    #expect(lines.count == 1)
    #expect(
      lines.first?.hasSuffix(
        "links to munin's own plugins that are answered in process (stock_plugins): load") == true)
  }
}
