import EventLoop
import Glibc
import Logbook
import MuninWire
import PluginKit
import Settings
import TestSupport
import Testing

@testable import Node

/// A plugin that has something to show when it is told so.
private final class Late: Plugin, @unchecked Sendable {
  // Unchecked: used on the loop's thread only.
  let name: StaticString = "late"
  let manual = Manual(
    "", details: "", settings: [.init("size", as: .whole(1...9), default: "1", "")], fields: [],
    example: "")
  var isThere = false
  var asked = 0

  func autoconf(on host: Host) -> Availability {
    asked += 1
    return isThere ? .yes : .no("not yet")
  }

  func values(on host: Host, into reply: inout Reply) {}
}

struct ServiceLoaderTests {
  /// A loader with a table of its own.
  private struct World {
    let folder: TemporaryFolder
    let clock = LoopClock(standingAt: 0)
    let table: ServiceTable
    let loader: ServiceLoader

    @LoopActor
    init(
      _ builtIns: [BuiltIn] = [], scripts: KeyValuePairs<String, String> = [:],
      settings: String = ""
    ) throws {
      folder = try TemporaryFolder()
      try folder.write("plugins/.keep", "")
      for (name, body) in scripts { try folder.script("plugins/\(name)", body) }
      var node = NodeSettings()
      node.defaultPluginUser = "\(geteuid())"
      node.defaultPluginGroup = "\(getegid())"
      node.stateDirectory = "\(folder.path)/state"
      table = ServiceTable(nodeName: "n")
      let log = try Logbook(to: .file("\(folder.path)/log"))
      let asker = ServiceAsker(log: log)
      let outside = OutsidePlugins(
        node: node, nodeName: "n", environment: ["F=\(folder.path)"], clock: clock)
      let machine = ServiceLoader.Machine(
        directory: ServiceDirectory(path: "\(folder.path)/plugins", ignored: []),
        builtIns: builtIns,
        stock: StockPluginJudge(library: nil, builtIns: builtIns, infoFolder: ""),
        root: folder.path, environment: [])
      loader = ServiceLoader(
        machine,
        settings: PluginSettings.parse([SettingsFile(name: "conf", text: settings)]).settings,
        node: node, table: table, asker: asker,
        outside: outside, log: log, clock: clock)
    }
  }

  @Test func aPluginWithNothingToShowHasASecondChanceEveryFiveMinutes() async throws {
    let (names, asked) = try await onTestLoop {
      let late = Late()
      let world = try World([.local(late)])
      try await world.loader.find(program: nil)
      late.isThere = true
      var names = [world.table.all.count]
      world.loader.giveSecondChance()
      try await turn()
      names.append(world.table.all.count)
      world.clock.advance(by: .seconds(300))
      world.loader.giveSecondChance()
      try await reach { !world.table.all.isEmpty }
      world.clock.advance(by: .seconds(300))
      world.loader.giveSecondChance()
      try await turn()
      return (names, late.asked)
    }
    #expect(names == [0, 0])
    #expect(asked == 2)
  }

  /// A node that ends while it looks at its plugins starts none of them any more.
  /// A value that the plugin cannot read makes its autoconf say no: the service is there, to tell the error.
  @Test(arguments: [("[late]\nenv.size x\n", true), ("[late]\nenv.size 3\n", false), ("", false)])
  func aPluginWithAMalformedSettingIsOffered(settings: String, isOffered: Bool) async throws {
    try await onTestLoop {
      let world = try World([.local(Late())], settings: settings)
      try await world.loader.find(program: nil)
      #expect(world.table.order == (isOffered ? ["late"] : []))
      world.loader.stop()
    }
  }

  @Test func noConfigIsReadAfterTheEnd() async throws {
    let (names, reading, ran) = try await onTestLoop {
      let world = try World(scripts: ["p": ": > $F/ran; echo graph_title P"])
      world.loader.stop()
      try await world.loader.find(program: nil)
      return (world.table.all.map(\.name), world.loader.reading, world.folder.read("ran") != nil)
    }
    #expect(names == ["p"])
    #expect(reading == 0 && !ran)
  }

  @Test func aServiceThatIsTheSameKeepsWhatIsKnown() async throws {
    let (kept, changed) = try await onTestLoop {
      let world = try World(scripts: ["a": "echo graph_title A", "b": "echo graph_title B"])
      try await world.loader.find(program: nil)
      await world.loader.settled()
      let before = (world.table["a"], world.table["b"])
      try world.folder.script("plugins/b", "echo graph_title Other")
      try await world.loader.refresh()
      let after = (world.table["a"], world.table["b"])
      await world.loader.settled()
      return (before.0 === after.0, before.1 !== after.1)
    }
    #expect(kept && changed)
  }
}
