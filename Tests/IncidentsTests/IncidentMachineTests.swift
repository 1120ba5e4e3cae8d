import Limits
import TestSupport
import Testing

@testable import Incidents

/// Four services of each node, with ten series a service.
struct TestPark {
  var period = 60
  var groups: (NodeNumber) -> [String] = { _ in ["g"] }
  var parent: (NodeNumber) -> NodeNumber? = { _ in nil }
  var windows: [MaintenanceWindow] = []

  static func series(_ node: NodeNumber, _ number: Int) -> SeriesNumber {
    SeriesNumber(node.raw * 100 + UInt32(number))
  }

  var facts: AlertFacts {
    AlertFacts(
      node: { node in
        NodeFacts(
          groups: groups(node), host: "n\(node.raw)", parent: parent(node), period: period,
          contacts: ["admin"], windows: windows)
      },
      service: { _, _ in ServiceFacts(contacts: ["admin"], windows: windows) },
      series: { series in
        let service = "s\(series.raw % 100 / 10)"
        return SeriesFacts(
          node: NodeNumber(series.raw / 100), service: service, graph: service, title: service,
          field: "f\(series.raw % 10)")
      })
  }
}

@Suite struct IncidentMachineTests {
  private let node = NodeNumber(1)
  private let park = TestPark()

  private func crossing(
    _ series: Int, _ from: Level, _ to: Level, at: Int, of node: NodeNumber? = nil
  ) -> LevelCrossing {
    LevelCrossing(
      series: TestPark.series(node ?? self.node, series), from: from, to: to, knownSince: 1,
      badSince: to == .ok ? nil : at, at: at, value: to == .unknown ? nil : 5)
  }

  private func poll(
    _ machine: inout IncidentMachine, _ crossings: [LevelCrossing], at: Int,
    faults: [ServiceFault] = []
  ) -> [String] {
    words(
      machine.apply(
        .polled(node, crossings: crossings, faults: faults, skipped: []), at: at,
        facts: park.facts))
  }

  private func words(_ update: IncidentUpdate) -> [String] {
    update.steps.map {
      "\($0.kind) \($0.incident.level) \($0.incident.parts.filter(\.isBad).count)"
    }
  }

  @Test func oneEventMakesOneStep() {
    var machine = IncidentMachine()
    #expect(
      poll(
        &machine,
        [
          crossing(1, .ok, .unknown, at: 60), crossing(2, .ok, .critical, at: 60),
          crossing(3, .ok, .warning, at: 60),
        ], at: 60) == ["opened critical 3"])
    #expect(machine.open.count == 1)
    #expect(
      poll(
        &machine,
        [
          crossing(2, .critical, .ok, at: 120), crossing(3, .warning, .ok, at: 120),
          crossing(1, .unknown, .ok, at: 120),
        ], at: 120) == ["closed ok 0"])
    #expect(machine.open.isEmpty)
  }

  @Test func aFurtherPartIsToldOnceInAWhile() {
    var machine = IncidentMachine()
    #expect(poll(&machine, [crossing(1, .ok, .warning, at: 60)], at: 60) == ["opened warning 1"])
    #expect(poll(&machine, [crossing(2, .ok, .warning, at: 120)], at: 120) == [])
    #expect(poll(&machine, [crossing(3, .ok, .warning, at: 180)], at: 180) == [])
    #expect(machine.nextTime == 360)
    #expect(words(machine.apply(.time, at: 360, facts: park.facts)) == ["joined warning 3"])
    #expect(
      poll(&machine, [crossing(4, .ok, .critical, at: 420)], at: 420) == ["worsened critical 4"])
    #expect(
      poll(&machine, [crossing(4, .critical, .ok, at: 480)], at: 480) == ["eased warning 3"])
  }

  @Test func whatIsUnknownWithoutACauseIsOneIncidentOfAnyServices() {
    var machine = IncidentMachine()
    let lost = [1, 11, 21].map { crossing($0, .ok, .unknown, at: 60) }
    #expect(poll(&machine, lost, at: 60) == ["opened unknown 3"])
    #expect(machine[.values(node, since: 60)]?.parts.count == 3)
    // One of them is wrong by itself now.
    #expect(
      poll(&machine, [crossing(11, .unknown, .critical, at: 120)], at: 120).sorted()
        == ["opened critical 1"])
    #expect(machine[.values(node, since: 60)]?.parts.count(where: \.isBad) == 2)
  }

  @Test func aPluginThatFailsIsToldAfterTheLimit() {
    var machine = IncidentMachine()
    let fault = [ServiceFault(service: "s0", words: "# Timed out")]
    for time in [60, 120, 180] { #expect(poll(&machine, [], at: time, faults: fault) == []) }
    #expect(
      poll(&machine, [crossing(1, .ok, .unknown, at: 240)], at: 240, faults: fault)
        == ["opened unknown 2"])
    #expect(machine[.service(node, "s0")]?.words == "# Timed out")
    #expect(
      poll(&machine, [crossing(1, .unknown, .ok, at: 300)], at: 300) == ["closed ok 0"])
    #expect(machine.faults(of: node).isEmpty)
  }

  /// A plugin without limits is told to nobody, and whoever asks is told why it brings nothing.
  @Test func aPluginWithoutLimitsThatFailsIsRemembered() {
    var machine = IncidentMachine()
    let facts = AlertFacts(
      node: park.facts.node,
      service: { _, _ in
        var facts = ServiceFacts(contacts: ["admin"])
        facts.isJudged = false
        return facts
      }, series: park.facts.series)
    func poll(_ words: String?, at time: Int) -> IncidentUpdate {
      let faults = words.map { [ServiceFault(service: "s0", words: $0)] } ?? []
      return machine.apply(
        .polled(node, crossings: [], faults: faults, skipped: []), at: time, facts: facts)
    }
    let place = ServicePlace(node: node, service: "s0")
    #expect(poll("# Timed out", at: 60).faults[place]??.since == 60)
    // The same once more is worth no row.
    #expect(poll("# Timed out", at: 120).faults.isEmpty)
    #expect(poll("# Bad exit", at: 180).faults[place]??.words == "# Bad exit")
    for time in [240, 300, 360] { #expect(poll("# Bad exit", at: time).steps.isEmpty) }
    #expect(machine.fault(of: "s0", on: node)?.since == 60 && machine.open.isEmpty)
    let end = poll(nil, at: 420)
    #expect(end.faults[place] == .some(nil) && machine.fault(of: "s0", on: node) == nil)
  }

  /// What is told later has the newest reason; the log of outages keeps the first.
  @Test func theNewestReasonIsToldAndTheFirstIsKept() {
    var machine = IncidentMachine()
    for (time, words) in [(60, "refused"), (120, "refused"), (180, "no route"), (240, "no route")] {
      _ = machine.apply(.missed(node, NodeFault(words: words)), at: time, facts: park.facts)
    }
    let lost = machine[.node(node)]
    #expect(
      lost?.words == "refused" && lost?.latestWords == "no route" && lost?.reason == "no route")
    #expect(poll(&machine, [], at: 300) == ["closed ok 0"])
    for time in [360, 420, 480, 540, 600] {
      let words = time < 600 ? "# Timed out" : "# Bad exit"
      _ = poll(&machine, [], at: time, faults: [ServiceFault(service: "s0", words: words)])
    }
    let failing = machine[.service(node, "s0")]
    #expect(failing?.words == "# Timed out" && failing?.reason == "# Bad exit")
  }

  /// An incident that begins anew has messages of its own; only one that flaps answers those before it.
  @Test func onlyWhatFlapsGoesOnInAThread() {
    var machine = IncidentMachine()
    var threads: [String] = []
    for beginning in 1...3 {
      let time = beginning * 600
      let update = machine.apply(
        .polled(node, crossings: [crossing(1, .ok, .critical, at: time)], faults: [], skipped: []),
        at: time, facts: park.facts)
      threads += update.steps.map { "\($0.kind) \($0.incident.thread)" }
      _ = poll(&machine, [crossing(1, .critical, .ok, at: time + 60)], at: time + 60)
    }
    let words = threads.map { $0.split(separator: " ") }
    #expect(words.map { $0[0] } == ["opened", "opened", "flapping"])
    #expect(words[0][1] != words[1][1] && words[1][1] == words[2][1], "\(threads)")
  }

  /// Nodes that are lost together flap as is set for them.
  @Test(arguments: [FlappingRule?.none, .standard]) func aSiteFlapsAsItsNodesDo(
    rule: FlappingRule?
  ) {
    let facts = AlertFacts(
      node: { node in
        NodeFacts(
          groups: ["site"], host: "n\(node.raw)", period: 60, contacts: ["admin"], flapping: rule)
      }, service: park.facts.service, series: park.facts.series)
    var machine = IncidentMachine()
    var steps: [String] = []
    for time in stride(from: 0, to: 3000, by: 60) {
      for number in UInt32(1)...4 {
        let event: IncidentEvent =
          time % 900 < 300
          ? .polled(NodeNumber(number), crossings: [], faults: [], skipped: [])
          : .missed(NodeNumber(number), NodeFault(words: "no answer"))
        steps += machine.apply(event, at: time, facts: facts).steps.map { "\($0.kind)" }
      }
    }
    let last = rule == nil ? ["opened", "closed"] : ["flapping"]
    #expect(steps == ["opened", "closed", "opened", "closed"] + last)
  }

  @Test func whatWaitsForACauseIsGivenItsRuns() {
    var machine = IncidentMachine()
    _ = poll(
      &machine, [crossing(1, .ok, .critical, at: 60), crossing(2, .ok, .unknown, at: 60)], at: 60)
    #expect(poll(&machine, [crossing(1, .critical, .ok, at: 120)], at: 120) == [])
    for time in [180, 240, 300] { #expect(poll(&machine, [], at: time) == []) }
    #expect(poll(&machine, [], at: 360) == ["eased unknown 1"])
    #expect(poll(&machine, [crossing(2, .unknown, .ok, at: 420)], at: 420) == ["closed ok 0"])
  }

  @Test func aCircleOfParentsLosesNobody() {
    var park = park
    park.parent = { NodeNumber(3 - $0.raw) }
    var machine = IncidentMachine()
    var steps: [IncidentStep] = []
    for time in [60, 120, 180, 240] {
      for number in [UInt32(1), 2] {
        let update = machine.apply(
          .missed(NodeNumber(number), NodeFault(words: "no answer")), at: time, facts: park.facts)
        steps += update.steps
      }
      steps += machine.apply(.time, at: time + 30, facts: park.facts).steps
    }
    let lost = Set(steps.flatMap { $0.incident.parts.compactMap(\.node) })
    #expect(lost == [NodeNumber(1), NodeNumber(2)])
  }

  /// Ten thousand events of any kind: at most one incident of a place is open, a step of an incident comes between its beginning and its
  /// end, nothing is told while planned work holds it, and all end in the end.
  @Test(arguments: 1...4) func randomEventsKeepTheRules(seed: Int) throws {
    var noise = Noise(UInt64(seed))
    var park = TestPark()
    park.groups = { ["g\($0.raw % 3)"] }
    park.parent = { $0.raw % 7 == 3 ? NodeNumber($0.raw - 1) : nil }
    var machine = IncidentMachine()
    var levels: [SeriesNumber: Level] = [:]
    var isDown: Set<NodeNumber> = []
    var opened: [Int: IncidentPlace] = [:]
    var closed: Set<Int> = []
    var now = 1_000_000
    var orders = 0
    var checks = 0
    func check(_ update: IncidentUpdate) {
      for step in update.steps {
        let number = step.incident.number
        switch step.kind {
        case .opened, .released, .flapping:
          #expect(opened.updateValue(step.incident.place, forKey: number) == nil, "\(seed) \(now)")
        default:
          #expect(opened[number] != nil, "\(seed) \(now): \(step.kind) of \(number)")
        }
        #expect(!closed.contains(number), "\(seed) \(now): \(step.kind) after the end")
        if step.incident.closed != nil {
          closed.insert(number)
        } else {
          #expect(
            !step.incident.holds.contains(.planned) || step.kind == .steady,
            "\(seed) \(now): \(step.kind) while held")
        }
      }
      checks += 1
      guard checks % 20 == 0 else { return }
      var places: Set<IncidentPlace> = []
      for incident in machine.open {
        #expect(places.insert(incident.place).inserted)
        #expect(incident.isOpen)
      }
    }
    func random(_ most: Int) -> Int { Int.random(in: 0..<most, using: &noise) }
    for _ in 0..<10_000 {
      now += random(40)
      while let next = machine.nextTime, next <= now {
        check(machine.apply(.time, at: next, facts: park.facts))
      }
      let node = NodeNumber(UInt32(1 + random(20)))
      switch random(100) {
      case ..<70:
        guard !isDown.contains(node) else {
          check(machine.apply(.missed(node, NodeFault(words: "x")), at: now, facts: park.facts))
          continue
        }
        var crossings: [LevelCrossing] = []
        for _ in 0..<random(4) {
          let series = TestPark.series(node, random(40))
          let from = levels[series] ?? .ok
          let to = random(2) == 0 ? .ok : Level.allCases[random(4)]
          guard from != to else { continue }
          levels[series] = to
          crossings.append(
            LevelCrossing(
              series: series, from: from, to: to, knownSince: 1, badSince: to == .ok ? nil : now,
              at: now, value: 1))
        }
        let faults =
          random(10) == 0 ? [ServiceFault(service: "s\(random(4))", words: "x")] : []
        check(
          machine.apply(
            .polled(node, crossings: crossings, faults: faults, skipped: []), at: now,
            facts: park.facts))
      case ..<80: isDown.formSymmetricDifference([node])
      case ..<85:
        orders += 1
        let target = AlertTarget(path: ["g\(random(3))"])
        check(
          machine.apply(
            .order(
              AlertOrder(number: orders, at: now, kind: .silence(target, until: now + random(600)))),
            at: now, facts: park.facts))
      case ..<87: check(machine.apply(.settings, at: now, facts: park.facts))
      case ..<89:
        let own = OwnTrouble.allCases[random(OwnTrouble.allCases.count)]
        check(machine.apply(.own(own, random(2) == 0 ? nil : "x"), at: now, facts: park.facts))
      case ..<90:
        for series in levels.keys where series.raw / 100 == node.raw { levels[series] = nil }
        check(machine.apply(.gone(node, service: nil), at: now, facts: park.facts))
      default: check(machine.apply(.time, at: now, facts: park.facts))
      }
    }
    // All becomes good.
    for number in UInt32(1)...20 {
      now += 10
      let node = NodeNumber(number)
      let crossings = levels.filter { $0.key.raw / 100 == number && $0.value != .ok }.map {
        LevelCrossing(series: $0.key, from: $0.value, to: .ok, knownSince: 1, at: now, value: 1)
      }
      check(
        machine.apply(
          .polled(node, crossings: crossings, faults: [], skipped: []), at: now, facts: park.facts))
    }
    for own in OwnTrouble.allCases {
      check(machine.apply(.own(own, nil), at: now, facts: park.facts))
    }
    now += 100_000
    check(machine.apply(.time, at: now, facts: park.facts))
    #expect(machine.open.isEmpty, "\(seed): \(machine.open.map(\.subject))")
    #expect(Set(opened.keys) == closed)
    #expect(opened.count > 100)
  }
}
