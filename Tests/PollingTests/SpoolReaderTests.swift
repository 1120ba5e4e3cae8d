import Inventory
import MuninWire
import Settings
import TestSupport
import Testing

@testable import Polling

/// What munin-async hands out.
@Suite struct SpoolReaderTests {
  private static let load = "multigraph load\ngraph_title Load\nload.label load\n"

  private func read(_ text: String) -> SpoolReader {
    var reader = SpoolReader()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      reader.read(line.utf8.span)
    }
    return reader
  }

  private func take(
    _ text: String, known: [String: ServiceConfig] = [:]
  ) -> (services: [PolledService], newest: Int, faults: [String]) {
    var reader = read(text)
    return reader.takeServices(known: known, now: 2_000_000_000)
  }

  private func values(_ service: PolledService) -> [String] {
    service.values.flatMap { graph in
      graph.values.map { "\(graph.name).\($0.field)=\($0.reading.time ?? 0):\($0.reading.text)" }
    }
  }

  @Test func blocksOfAPluginAreOneAnswer() {
    let found = take(
      Self.load + "load.value 1000:1\n" + Self.load + "load.value 1300:2\n"
        + Self.load.replacing("Load", with: "Average") + "load.value 1600:U\n"
        + "multigraph cpu\ngraph_title CPU\nuser.label user\nuser.value 1601:7\n")
    #expect(found.services.map(\.name) == ["load", "cpu"] && found.faults == [])
    #expect(found.newest == 1601)
    #expect(
      values(found.services[0]) == ["load.load=1000:1", "load.load=1300:2", "load.load=1600:U"])
    // The newest config counts.
    #expect(found.services[0].config?.graphs.map(\.title) == ["Average"])
    #expect(found.services.allSatisfy { $0.readTime == 2_000_000_000 && $0.trouble == nil })
  }

  /// Configs first, then values, as munin-asyncd writes a multigraph plugin; and values between the lines of a config.
  @Test func aMultigraphIsOneService() {
    let config = """
      multigraph disk
      graph_title Disks
      sda.label sda
      multigraph disk.sda
      graph_title Disk sda
      used.label used
      free.label free

      """
    func values(_ time: Int) -> String {
      "multigraph disk\nsda.value \(time):5\nmultigraph disk.sda\nused.value \(time):6\n"
        + "free.value \(time):1\n"
    }
    let found = take(config + values(1000) + config + values(1300))
    #expect(found.services.map(\.name) == ["disk"] && found.faults == [])
    #expect(found.services[0].config?.graphs.map(\.name) == ["disk", "disk.sda"])
    #expect(found.services[0].config?.graphs.map(\.fields.count) == [1, 2])
    #expect(self.values(found.services[0]).count == 6)
    let dirty = "multigraph a\ngraph_title A\nx.label x\nx.value 1:1\ny.label y\ny.value 1:2\n"
    let mixed = take(dirty + dirty)
    #expect(mixed.services[0].config?.graphs.map(\.fields.count) == [2])
    #expect(self.values(mixed.services[0]).count == 4)
  }

  /// The parts of a long reply are cut between blocks, each small, and nothing is lost of it.
  @Test func aLongBacklogComesInParts() {
    var reader = SpoolReader()
    var found: [String] = []
    var parts = 0
    func takePart() {
      let part = reader.takeServices(known: [:], now: 2_000_000_000)
      parts += 1
      for service in part.services {
        #expect(service.config?.graphs.map(\.fields.count) == [2])
        found += values(service)
      }
    }
    var expected: [String] = []
    for plugin in ["a", "b"] {
      for round in 0..<6000 {
        let block =
          "multigraph \(plugin)\ngraph_title T\nx.label x\ny.label y\nx.value \(round):1\ny.value \(round):2"
        expected += ["\(plugin).x=\(round):1", "\(plugin).y=\(round):2"]
        for line in block.split(separator: "\n") {
          reader.read(line.utf8.span)
          if reader.isFull { takePart() }
        }
        #expect(!reader.isOverfull)
      }
    }
    takePart()
    // By field within a part.
    #expect(found.sorted() == expected.sorted() && parts >= 3)
  }

  @Test func whatHasNoGraphIsCounted() {
    let found = take("x.value 1:1\nmultigraph ../x\ny.value 1:1\n\n# Unknown\n" + Self.load)
    #expect(found.faults == ["spool: 3 lines outside of any graph"])
    #expect(found.services.map(\.name) == ["load"])
    let valuesOnly = take("multigraph load\nload.value 5:1\n")
    #expect(valuesOnly.services[0].trouble == "no config in the spool")
    // Where its config is known, the values are used with that.
    let bytes = Array(Self.load.utf8)
    let known = ServiceConfig(
      bytes.span, ConfigAnswer(bytes.span, service: "load"), service: "load")
    #expect(
      take("multigraph load\nload.value 5:1\n", known: ["load": known]).services[0].trouble == nil)
    #expect(
      take(Self.load + "load.value 5:1\n", known: ["load": known]).services[0].config === known)
  }

  @Test func oneBlockHasABound() {
    var reader = read("multigraph a\n")
    let line = Array(("x.info " + String(repeating: "i", count: 60_000)).utf8)
    for _ in 0..<139 { reader.read(line.span) }
    #expect(!reader.isOverfull)
    reader.read(line.span)
    #expect(reader.isOverfull)
  }

  // MARK: The conversation

  private func dialogue(position: Int = 0, staysOpen: Bool = false) -> MasterDialogue {
    var order = PollOrder(host: .init(groups: ["g"], name: "node"))
    order.spoolPosition = position
    var dialogue = MasterDialogue(subject: .named("node"), order: order)
    dialogue.staysOpen = staysOpen
    return dialogue
  }

  @Test(arguments: [(0, 0), (1, 0), (1_700_000_000, 1_699_999_999)])
  func oneRequestBringsAll(position: Int, asked: Int) throws {
    let transcript = Transcript(
      """
      < # munin node at node
      > cap multigraph dirtyconfig
      > list node
      < cap spool
      < load cpu
      > spoolfetch \(asked)
      < multigraph load
      < graph_title Load
      < load.label load
      < load.value 900:0.37
      < .
      > quit\u{20}
      """)
    for piece in Transcript.pieces {
      let end = try transcript.play(dialogue(position: position), piece: piece)
      #expect(end.understood == "load\n  load 'Load' load(load)\n  load.load = 900:0.37")
      #expect(end.spool == Poll.Spool(position: 900, isPartial: false))
    }
    let empty = Transcript(
      """
      < # munin node at node
      > cap multigraph dirtyconfig
      > list node
      < cap spool
      <
      > spoolfetch 0
      < .
      > quit\u{20}
      """)
    #expect(try empty.play(dialogue(), piece: 7).spool == Poll.Spool())
  }

  /// A node whose clock is wrong does not make the values to come look old.
  @Test func aPositionIsNeverInTheFuture() throws {
    var dialogue = dialogue()
    try dialogue.hear("# munin node at node\ncap spool\n\n\(Self.load)load.value 99999:1\n.\n")
    #expect(dialogue.spool?.position == 1000)
  }

  @Test func aSpoolThatCannotBeReadIsAFailure() throws {
    for (text, reason) in [
      ("# Unknown command.\n", "expected a spool, found '# Unknown command.'"),
      ("multigraph a\n" + String(repeating: "x", count: 70_000), "a line of more than 64 KiB"),
    ] {
      var dialogue = dialogue()
      try dialogue.hear("# munin node at node\ncap spool\n\n")
      do throws(MasterDialogue.Failure) {
        try dialogue.hear(text)
        Issue.record("\(text.prefix(20)) was accepted")
      } catch { #expect(error.description.contains(reason)) }
    }
    var cut = dialogue()
    try cut.hear("# munin node at node\ncap spool\n\n\(Self.load)")
    #expect(throws: MasterDialogue.Failure.self) { try cut.end() }
  }
}
