import Inventory
import MuninWire
import Settings
import TestSupport
import Testing

@testable import Polling

/// When services are asked for their config.
@Suite struct ConfigScheduleTests {
  private static let names = (0..<24).map { "s\($0)" }

  private static func config(
    _ service: String, _ text: String = "graph_title T\nx.label x\ny.label y\n"
  ) -> ServiceConfig {
    let bytes = Array(text.utf8)
    return ServiceConfig(bytes.span, ConfigAnswer(bytes.span, service: service), service: service)
  }

  private static let known = Dictionary(uniqueKeysWithValues: names.map { ($0, config($0)) })

  /// Polls a node whose services answer as `say` has it, and gives back the requests.
  /// - Parameter names: what it lists.
  private func poll(
    _ schedule: inout ConfigSchedule, listing names: [String] = names, window: Int = 64,
    fresh: Set<String> = [], known: [String: ServiceConfig] = known,
    say: (Substring) -> String? = { _ in nil }
  ) throws -> [Substring] {
    var dialogue = MasterDialogue(
      subject: .nodeName, window: window, known: known, configs: schedule, fresh: fresh)
    try dialogue.hear("# munin node at a\n")
    var requests: [Substring] = []
    while !dialogue.isDone {
      let said = String(decoding: dialogue.takeRequests(), as: UTF8.self).split(separator: "\n")
      try #require(!said.isEmpty)
      for request in said {
        if request.hasPrefix("config") || request.hasPrefix("fetch") { requests.append(request) }
        let answer =
          switch request.prefix(3) {
          case "cap": "cap\n"
          case "lis": names.joined(separator: " ") + "\n"
          case "con": (say(request) ?? "graph_title T\nx.label x\ny.label y") + "\n.\n"
          default: (say(request) ?? "x.value 1\ny.value 2") + "\n.\n"
          }
        try dialogue.hear(answer)
      }
    }
    var poll = Poll(nodeName: "a", services: dialogue.services, faults: [], duration: 0)
    poll.list = dialogue.list
    schedule.apply(poll)
    return requests
  }

  private func configs(_ requests: [Substring]) -> Set<Substring> {
    Set(requests.filter { $0.hasPrefix("config") }.map { $0.dropFirst(7) })
  }

  private static func schedule(interval: Int = 12) -> ConfigSchedule {
    var schedule = ConfigSchedule(node: "g;web01")
    schedule.interval = interval
    return schedule
  }

  @Test func eachServiceIsAskedOnceInTwelvePollsAndFetchedInAll() throws {
    var schedule = Self.schedule()
    #expect(configs(try poll(&schedule)).count == 24)
    var asked: [Substring: Int] = [:]
    var most = 0
    for _ in 0..<24 {
      let requests = try poll(&schedule)
      #expect(requests.count { $0.hasPrefix("fetch") } == 24)
      for name in configs(requests) { asked[name, default: 0] += 1 }
      most = max(most, configs(requests).count)
    }
    #expect(asked.count == 24 && asked.values.allSatisfy { $0 == 2 })
    // Not all of them in one poll.
    #expect(most < 12)
  }

  @Test func anIntervalOfOneIsMuninsWay() throws {
    var schedule = Self.schedule(interval: 1)
    for _ in 0..<3 { #expect(configs(try poll(&schedule)).count == 24) }
    for (every, period, interval) in [
      (12, 300, 12), (12, 10, 12), (12, 600, 6), (12, 3600, 1), (12, 86_400, 1), (1, 10, 1),
      (1000, 300, 12), (1000, 10, 360),
    ] { #expect(ConfigSchedule.interval(configEvery: every, period: period) == interval) }
  }

  /// A config that is due and its values are asked for together, one after the other where the node can do no better.
  @Test func configAndFetchAreSentTogether() throws {
    var schedule = Self.schedule()
    let together = try poll(&schedule, listing: ["s0", "s1"])
    #expect(together == ["config s0", "fetch s0", "config s1", "fetch s1"])
    schedule.askAll()
    var dialogue = MasterDialogue(
      subject: .nodeName, window: 64, known: Self.known, configs: schedule)
    try dialogue.hear("# munin node at a\ncap\ns0 s1\n")
    let said = String(decoding: dialogue.takeRequests(), as: UTF8.self)
    #expect(said.hasSuffix("config s0\nfetch s0\nconfig s1\nfetch s1\n"))
    var serial = MasterDialogue(
      subject: .nodeName, window: 1, known: Self.known, configs: schedule)
    try serial.hear("# munin node at a\ncap\ns0\n")
    #expect(String(decoding: serial.takeRequests(), as: UTF8.self).hasSuffix("\nconfig s0\n"))
  }

  /// What was sent along with a config that fails is passed over, as if it had not been.
  @Test func theValuesOfAServiceWhoseConfigFailsAreNotUsed() throws {
    for config in ["# Timed out", "", "# Bad exit"] {
      var dialogue = MasterDialogue(subject: .nodeName, known: Self.known)
      try dialogue.hear("# munin node at a\ncap\ns0 s1\n\(config)\n.\nx.value 1\n.\n")
      try dialogue.hear("graph_title T\nx.label x\ny.label y\n.\nx.value 1\ny.value 2\n.\n")
      #expect(dialogue.isDone)
      #expect(dialogue.services[0].config == nil && dialogue.services[0].values.isEmpty)
      #expect(dialogue.services[0].trouble?.hasPrefix("no config") == true)
      #expect(dialogue.services[1].values[0].values.count == 2)
    }
  }

  /// A field that the config does not have, and one that has no value: the config comes in the same poll, once.
  @Test(arguments: [
    ("x.value 1\ny.value 2\nz.value 3", 0), ("x.value 1", 1), ("", 2), ("z.value 1", 2),
  ])
  func aChangedSetOfFieldsIsAskedForAtOnce(values: String, missing: Int) throws {
    for window in [1, 64] {
      var schedule = Self.schedule(interval: 1000)
      _ = try poll(&schedule)
      let requests = try poll(&schedule, window: window) { $0 == "fetch s3" ? values : nil }
      #expect(configs(requests) == ["s3"])
      #expect(requests.filter { $0.hasSuffix(" s3") } == ["fetch s3", "config s3"])
      // A field that never has a value is not news in every poll; an unknown one is.
      let again = try poll(&schedule, window: window) { $0 == "fetch s3" ? values : nil }
      #expect(configs(again).isEmpty == !values.contains("z"))
    }
  }

  /// The values that led to the new config are used with it.
  @Test func aNewFieldHasItsFirstValue() throws {
    var schedule = Self.schedule()
    _ = try poll(&schedule)
    var dialogue = MasterDialogue(
      subject: .nodeName, known: ["s3": Self.config("s3")], configs: schedule)
    try dialogue.hear("# munin node at a\ncap\ns3\n")
    // The list is another one, so it is asked for both.
    #expect(dialogue.work[0] == .both)
    _ = try poll(&schedule, listing: ["s3"])
    schedule.interval = 1000
    dialogue = MasterDialogue(
      subject: .nodeName, known: ["s3": Self.config("s3")], configs: schedule)
    try dialogue.hear("# munin node at a\ncap\ns3\nx.value 1\nz.value 3\n.\n")
    #expect(dialogue.open == [0])
    try dialogue.hear("graph_title T\nx.label x\nz.label z\n.\n")
    #expect(dialogue.isDone)
    #expect(dialogue.understood == "s3\n  s3 'T' x(x) z(z)\n  s3.x = 1\n  s3.z = 3")
    #expect(dialogue.services[0].missing == 0)
  }

  @Test func signsOfAChangeAreFollowedByTheConfig() throws {
    var schedule = Self.schedule(interval: 1000)
    _ = try poll(&schedule)
    #expect(configs(try poll(&schedule)).isEmpty)
    // A refusal.
    _ = try poll(&schedule) { $0 == "fetch s5" ? "# Timed out" : nil }
    #expect(configs(try poll(&schedule)) == ["s5"])
    #expect(configs(try poll(&schedule)).isEmpty)
    // Another list, in whatever order.
    #expect(configs(try poll(&schedule, listing: Self.names.reversed())).isEmpty)
    #expect(configs(try poll(&schedule, listing: Self.names + ["new"])).count == 25)
    _ = try poll(&schedule)
    // A poll that failed, in part or as a whole.
    schedule.askAll()
    #expect(configs(try poll(&schedule)).count == 24)
    let broken = Poll(nodeName: "a", services: [], faults: [], duration: 0, trouble: "closed")
    schedule.apply(broken)
    #expect(configs(try poll(&schedule)).count == 24)
  }

  /// Values that come with the config have no other way.
  @Test func aDirtyConfigIsAskedForInEachPoll() throws {
    let dirty = "graph_title T\nx.label x\nx.value 5"
    var schedule = Self.schedule(interval: 1000)
    let known = ["s0": Self.config("s0", dirty), "s1": Self.config("s1")]
    for _ in 0..<3 {
      let requests = try poll(&schedule, listing: ["s0", "s1"], known: known) {
        $0 == "config s0" ? dirty : nil
      }
      #expect(requests.filter { $0.hasSuffix("s0") } == ["config s0"])
    }
  }

  /// A service whose values are young is asked for its config when that is due, else for nothing.
  @Test func whatIsFreshIsAskedForItsConfigWhenThatIsDue() throws {
    var schedule = Self.schedule()
    _ = try poll(&schedule)
    var asked = 0
    for _ in 0..<12 {
      let requests = try poll(&schedule, fresh: ["s3"]).filter { $0.hasSuffix(" s3") }
      #expect(requests == [] || requests == ["config s3"])
      asked += requests.count
    }
    #expect(asked == 1)
  }

  @Test(arguments: [
    ("x.value 1\ny.value 2", false, 0), ("x.value 1:1\nx.value 2:1\ny.value 2", false, 0),
    ("y.value 2\nx.value 1", false, 0), ("y.value 2", false, 1), ("x.value 2", false, 1),
    ("x.value 1\nq.value 1\ny.value 1", true, 0), ("q.value 1", true, 2),
    ("x.value 1\ny.value 1\nq.value 1", true, 0), ("", false, 2),
    ("multigraph other\nx.value 1", true, 2),
    ("multigraph other\nx.value 1\nmultigraph s\ny.value 1\nx.value 1", true, 0),
  ])
  func fieldsAreCompared(fetch: String, hasUnknown: Bool, missing: Int) {
    let bytes = Array(fetch.utf8)
    let difference = Self.config("s").fetchPattern.difference(
      from: FetchAnswer(bytes.span, service: "s").graphs)
    #expect(difference == .init(hasUnknown: hasUnknown, missing: missing))
  }
}
