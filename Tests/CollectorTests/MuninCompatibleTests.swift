import EventLoop
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// `munin_compatible yes` in a whole collector: commands are given what munin-limits would give them, run by run, and mails are ours.
@Suite(.timeLimit(.minutes(1))) struct MuninCompatibleTests {
  private static let config = """
    graph_title Load
    load.label load
    load.warning 5
    load.critical 10
    users.label users
    users.critical 100
    """

  /// - Returns: what the command was given after each poll, and the subjects of the mails.
  @LoopActor
  private static func told(
    _ values: [String], conf: String
  ) async throws -> (texts: [String], subjects: [String]) {
    let node = try TestNode([.init("load", config, "")])
    defer { node.close() }
    let scratch = Scratch()
    let station = try await Station(
      [("g;web01", node)],
      conf: """
        \(conf)
        contact.cmd.command cat >> \(scratch.path)/told
        \(Station.admin)
        """)
    var texts: [String] = []
    for value in values {
      node.says("load", "load.value \(value)\nusers.value 3")
      await station.poll()
      texts.append(scratch.read("told"))
      scratch.remove("told")
    }
    let mails = try await station.mails().filter { $0.contact == "admin" }
    // What was given to the command is in the outbox no longer.
    #expect(try await station.mails().count == mails.count)
    return (texts, mails.map(\.subject))
  }

  /// The texts are those of munin-limits 2.0.73 for these values.
  @Test func commandsGetWhatMuninLimitsTellsThem() async throws {
    try await onTestLoop {
      let (texts, subjects) = try await Self.told(
        ["1", "10.004", "10.006", "10.006", "7", "1", "1"], conf: "munin_compatible yes")
      let head = "g :: web01 :: Load\n"
      #expect(
        texts == [
          "",
          // 10.00 by munin's rounding, which is not beyond 10.
          head + "\tWARNINGs: load is 10.00 (outside range [:5]).\n\tOKs: users is 3.00.\n\n",
          head + "\tCRITICALs: load is 10.01 (outside range [:10]).\n\tOKs: users is 3.00.\n\n",
          "",
          head + "\tWARNINGs: load is 7.00 (outside range [:5]).\n\tOKs: users is 3.00.\n\n",
          head + "\tOKs: load is 1.00.\n\n",
          "",
        ])
      #expect(
        subjects == [
          "[WARNING] web01 load: load 10, limit 5", "[CRITICAL] web01 load: load 10.01, limit 10",
          "[RESOLVED after 20 min] web01 load: load 1, limit 5",
        ])
    }
  }

  /// A dead node is told to commands as munin-limits tells it, and to mails as without the switch. The last values count for 600 s, then
  /// three runs are tolerated.
  @Test func aDeadNodeIsToldToCommandsByItsServices() async throws {
    try await onTestLoop {
      let (texts, subjects) = try await Self.toldAround {
        $0.mood = .denies
      } end: {
        $0.mood = .well
      }
      #expect(texts == Self.unknownForAWhile)
      #expect(
        subjects.map { $0.prefix { $0 != " " && $0 != "]" } } == ["[CRITICAL", "[RESOLVED"],
        "\(subjects)")
      #expect(subjects.allSatisfy { $0.contains("web01") && !$0.contains("load") }, "\(subjects)")
    }
  }

  /// So is a plugin that brings no values; mails are told sooner.
  @Test func aPluginThatFailsIsUnknownWhenItsValuesAreOld() async throws {
    try await onTestLoop {
      let (texts, subjects) = try await Self.toldAround {
        $0.says("load", "# Bad exit")
      } end: {
        $0.says("load", "load.value 1\nusers.value 3")
      }
      #expect(texts == Self.unknownForAWhile)
      #expect(subjects.count == 2, "\(subjects)")
      #expect(subjects.first == "[UNKNOWN] web01 load: plugin fails: no values (plugin failed)")
    }
  }

  private static let unknownForAWhile: [String] = {
    let head = "g :: web01 :: Load\n"
    let unknown = head + "\tUNKNOWNs: load is unknown, users is unknown.\n\n"
    let end = head + "\tOKs: load is 1.00, users is 3.00.\n\n"
    return ["", "", "", "", "", "", unknown, "", end, ""]
  }()

  /// A poll, seven in which something is wrong, and two; the texts after each.
  @LoopActor
  private static func toldAround(
    _ begin: @LoopActor (TestNode) -> Void, end: @LoopActor (TestNode) -> Void
  ) async throws -> (texts: [String], subjects: [String]) {
    let node = try TestNode([
      .init("load", config, "load.value 1\nusers.value 3"),
      .init("rest", "graph_title R\nr.label r", "r.value 1"),
    ])
    defer { node.close() }
    let scratch = Scratch()
    let station = try await Station(
      [("g;web01", node)],
      conf: """
        munin_compatible yes
        contact.cmd.command cat >> \(scratch.path)/told
        \(Station.admin)
        """)
    var texts: [String] = []
    for round in 0..<10 {
      if round == 1 { begin(node) }
      if round == 8 { end(node) }
      await station.poll()
      texts.append(scratch.read("told"))
      scratch.remove("told")
    }
    let mails = try await station.mails().filter { $0.contact == "admin" }
    return (texts, mails.map(\.subject))
  }

  /// In either manner a command is told unknown values of a node that answers in munin's words, once, and their end.
  @Test func unknownValuesAreToldInMuninsWords() async throws {
    try await onTestLoop {
      let values = ["1", "U", "U", "U", "U", "U", "1", "1"]
      let (texts, subjects) = try await Self.told(values, conf: "")
      let head = "g :: web01 :: Load\n"
      let unknown = head + "\tUNKNOWNs: load is unknown.\n\tOKs: users is 3.00.\n\n"
      #expect(texts == ["", "", "", "", unknown, "", head + "\tOKs: load is 1.00.\n\n", ""])
      #expect(subjects.map { $0.prefix { $0 != " " && $0 != "]" } } == ["[UNKNOWN", "[RESOLVED"])
      let munin = try await Self.told(values, conf: "munin_compatible yes")
      #expect(munin.texts == texts)
      #expect(munin.subjects == subjects)
    }
  }

  /// Values of two services become unknown together: a text for each graph. What is critical afterwards is told once.
  @Test func eachGraphOfUnknownValuesIsTold() async throws {
    let memory = "graph_title Memory\nfree.label free\nfree.critical 5:"
    let scratch = Scratch()
    try await Station.polling(
      [.init("load", Self.config, ""), .init("memory", memory, "")],
      conf: "contact.cmd.command cat >> \(scratch.path)/told"
    ) { station, node in
      var texts: [String] = []
      for (load, free) in [("1", "9"), ("U", "U"), ("U", "U"), ("U", "U"), ("U", "U"), ("12", "9")]
      {
        node.says("load", "load.value \(load)\nusers.value 3")
        node.says("memory", "free.value \(free)")
        await station.poll()
        texts.append(scratch.read("told"))
        scratch.remove("told")
      }
      #expect(
        texts[4] == "g :: web01 :: Load\n\tUNKNOWNs: load is unknown.\n\tOKs: users is 3.00.\n\n"
          + "g :: web01 :: Memory\n\tUNKNOWNs: free is unknown.\n\n", "\(texts)")
      let last = texts[5].split(separator: "\n\n").sorted()
      #expect(
        last == [
          "g :: web01 :: Load\n\tCRITICALs: load is 12.00 (outside range [:10]).\n\tOKs: users is 3.00.",
          "g :: web01 :: Memory\n\tOKs: free is 9.00.",
        ], "\(texts)")
    }
  }

  /// Unknown values that their node no longer describes.
  @Test func unknownValuesThatAreNoLongerWatchedAreToldSo() async throws {
    let scratch = Scratch()
    try await Station.polling(
      [
        .init("load", Self.config, "load.value U\nusers.value 3"),
        .init("rest", "graph_title R\nr.label r", "r.value 1"),
      ], conf: "contact.cmd.command cat >> \(scratch.path)/told"
    ) { station, node in
      for _ in 0..<6 { await station.poll() }
      scratch.remove("told")
      node.services[0].config = "graph_title Load\nusers.label users"
      node.says("load", "users.value 3")
      for _ in 0..<3 { await station.poll() }
      let text = scratch.read("told")
      #expect(text.hasPrefix("g :: web01 :: Load\n"), "\(text)")
      #expect(text.contains("load is no longer watched"), "\(text)")
    }
  }

  /// Without the switch a warning needs two of three polls, 10.004 is beyond 10, and what gets better on the way down is not told.
  @Test func withoutItCommandsAreToldWhatMailsTell() async throws {
    try await onTestLoop {
      let (texts, subjects) = try await Self.told(
        ["1", "7", "10.004", "10.006", "7", "1", "1", "1"], conf: "")
      #expect(texts.prefix(3).map(\.isEmpty) == [true, true, false], "\(texts)")
      #expect(texts.count { !$0.isEmpty } == 2, "\(texts)")
      #expect(
        texts[2].contains("\tCRITICALs: load is 10.00 (outside range [:10])."), "\(texts[2])")
      #expect(subjects.map { $0.prefix { $0 != " " && $0 != "]" } } == ["[CRITICAL", "[RESOLVED"])
    }
  }
}
