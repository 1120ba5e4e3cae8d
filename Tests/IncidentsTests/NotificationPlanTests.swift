import Limits
import TestSupport
import Testing
import Text

@testable import Incidents

@Suite struct NotificationPlanTests {
  private func lost(_ count: Int, groups: Int) -> (AlertStages, AlertFacts) {
    var park = TestPark()
    park.groups = { ["site", "rack\(Int($0.raw) % groups)"] }
    return (AlertStages(), park.facts)
  }

  /// A thousand nodes of four groups are lost in one period: two contacts get a message for each group, and one at its end.
  @Test func aStormIsAMessageForEachContactAndGroup() {
    var (stages, _) = lost(1000, groups: 4)
    var park = TestPark()
    park.groups = { ["site", "rack\($0.raw % 4)"] }
    let facts = AlertFacts(
      node: { node in
        NodeFacts(
          groups: park.groups(node), host: "n\(node.raw)", period: 60, contacts: ["ada", "bob"])
      }, service: park.facts.service, series: park.facts.series)
    var notifications: [Notification] = []
    func take(_ update: AlertUpdate) { notifications += update.notifications }
    take(
      stages.configure(
        AlertSettings(contacts: [ContactRules("ada"), ContactRules("bob")]), at: 0, facts: facts))
    let nodes = (0..<1000).map { NodeNumber(UInt32($0)) }
    func cycle(_ start: Int, isDown: Bool) {
      for (index, node) in nodes.enumerated() {
        let now = start + index * 60 / 1000
        while let next = stages.nextTime, next <= now {
          take(stages.elapse(at: next, facts: facts))
        }
        take(
          isDown
            ? stages.missed(node, NodeFault(words: "no answer"), at: now, facts: facts)
            : stages.polled(AlertStages.Poll(node: node), at: now, facts: facts))
      }
    }
    cycle(0, isDown: false)
    for start in [60, 120, 180, 240] { cycle(start, isDown: true) }
    let contacts = notifications.map(\.contact)
    #expect(contacts.count == 8 && contacts.count(where: { $0 == "ada" }) == 4)
    #expect(notifications.allSatisfy { $0.lines.count == 1 && $0.lines[0].memberCount == 250 })
    // Within two periods and the wait.
    #expect(notifications.allSatisfy { $0.at <= 60 + 120 + 10 + 1 })
    notifications = []
    for start in [300, 360] { cycle(start, isDown: false) }
    take(stages.elapse(at: 2000, facts: facts))
    #expect(notifications.count == 8)
    #expect(notifications.allSatisfy { $0.lines[0].step == .closed && !$0.references.isEmpty })
    #expect(stages.machine.open.isEmpty)
  }

  private func step(
    _ number: Int, _ kind: NotificationLine.Step, _ level: Level, closed: Int? = nil,
    at: Int = 0, groups: [String] = ["g"]
  ) -> IncidentStep {
    var incident = Incident(
      number: number, place: .service(NodeNumber(1), "s\(number)"), thread: "t\(number)", at: 0)
    incident.level = level
    incident.groups = groups
    incident.closed = closed
    incident.phase = closed == nil ? .open : .closed
    return IncidentStep(incident: incident, kind: kind, at: at)
  }

  /// Runs steps through a plan; each is said as the time, the contact and its lines.
  private func messages(
    _ contact: ContactRules, _ steps: [(Int, IncidentStep)], until end: Int = 100_000
  ) -> [String] {
    var plan = NotificationPlan()
    plan.configure(AlertSettings(contacts: [contact]))
    var open: [Int: Incident] = [:]
    var found: [String] = []
    func due(_ now: Int) {
      while let next = plan.nextTime, next <= now {
        for message in plan.due(at: next, incident: { open[$0] }) {
          let lines = message.lines.map { "\($0.incident.number) \($0.step) \($0.incident.level)" }
          found.append("\(next) \(message.kind): \(lines.joined(separator: ", "))")
        }
      }
    }
    for (time, step) in steps {
      due(time)
      open[step.incident.number] = step.incident.closed == nil ? step.incident : nil
      plan.apply([(step, [contact.name])], at: time)
    }
    due(end)
    return found
  }

  @Test func aWaveIsNotProlonged() {
    let found = messages(
      ContactRules("ada"),
      [
        (0, step(1, .opened, .warning)), (5, step(2, .opened, .critical)),
        (9, step(3, .opened, .warning)), (11, step(4, .opened, .warning)),
        (12, step(5, .opened, .warning, groups: ["h"])),
      ])
    #expect(
      found == [
        "10 change: 2 opened critical, 1 opened warning, 3 opened warning",
        "21 change: 4 opened warning", "22 change: 5 opened warning",
      ])
  }

  /// Fifty contacts are told of twenty incidents each: not all in one call, each once, in their order.
  @Test func aStormIsToldInParts() {
    var plan = NotificationPlan()
    let contacts = (0..<50).map { ContactRules("c\($0)") }
    plan.configure(AlertSettings(contacts: contacts))
    let steps = (0..<20).map { step($0, .opened, .critical) }
    let open = Dictionary(
      steps.map { ($0.incident.number, $0.incident) }, uniquingKeysWith: { $1 })
    plan.apply(steps.map { ($0, contacts.map(\.name)) }, at: 0)
    var told: [String] = []
    var calls = 0
    while let next = plan.nextTime, next <= 10 {
      let messages = plan.due(at: 10) { open[$0] }
      #expect(messages.reduce(0) { $0 + $1.lines.count } <= NotificationPlan.mostSteps)
      #expect(messages.allSatisfy { $0.lines.count == 20 })
      told += messages.map(\.contact)
      calls += 1
    }
    #expect(told == contacts.map(\.name))
    #expect(calls == 17)
  }

  @Test func whatWasToldTogetherEndsTogether() {
    let found = messages(
      ContactRules("ada"),
      [
        (0, step(1, .opened, .warning)), (1, step(2, .opened, .critical)),
        (100, step(1, .closed, .ok, closed: 100)), (200, step(2, .closed, .ok, closed: 200)),
      ])
    #expect(found.last == "200 change: 1 closed ok, 2 closed ok")
    let late = messages(
      ContactRules("ada"),
      [
        (0, step(1, .opened, .warning)), (1, step(2, .opened, .critical)),
        (100, step(1, .closed, .ok, closed: 100)), (5000, step(2, .closed, .ok, closed: 5000)),
      ])
    #expect(Array(late.dropFirst()) == ["700 change: 1 closed ok", "5000 change: 2 closed ok"])
  }

  @Test(
    arguments: [
      (
        ContactRules.Tell.standard,
        [
          "10 change: 1 opened warning", "110 change: 1 worsened critical",
          "400 change: 1 closed ok",
        ]
      ),
      ([.critical, .ok], ["110 change: 1 worsened critical", "400 change: 1 closed ok"]),
      ([.warning], ["10 change: 1 opened warning"]),
      (
        [.critical, .eased],
        [
          "110 change: 1 worsened critical", "210 change: 1 eased warning",
          "310 change: 1 worsened critical",
        ]
      ),
      ([], []),
    ] as [(ContactRules.Tell, [String])])
  func aContactIsToldWhatItWants(tell: ContactRules.Tell, expected: [String]) {
    let found = messages(
      ContactRules("ada", tell: tell),
      [
        (0, step(1, .opened, .warning)), (100, step(1, .worsened, .critical)),
        (200, step(1, .eased, .warning)), (300, step(1, .worsened, .critical)),
        (400, step(1, .closed, .ok, closed: 400)),
      ])
    #expect(found == expected)
  }

  @Test func quietHoursHoldAllButCritical() throws {
    // From midnight to 01:00.
    let contact = ContactRules("ada", quiet: [try WeekSpan("00:00-01:00")])
    let found = messages(
      contact,
      [
        (0, step(1, .opened, .warning)), (10, step(2, .opened, .warning)),
        (20, step(3, .opened, .critical)), (100, step(2, .closed, .ok, closed: 100)),
        (200, step(1, .worsened, .critical)), (300, step(4, .opened, .warning)),
      ], until: 80_000)
    #expect(
      found == [
        "30 change: 3 opened critical", "210 change: 1 opened critical",
        "3600 change: 4 opened warning",
      ])
  }

  @Test func whatIsTooMuchIsSummedUp() {
    let limit = ContactRules.RateLimit(count: 2, seconds: 1000)
    let steps = (1...6).map { (100 * $0, step($0, .opened, .warning, groups: ["g\($0)"])) }
    let found = messages(ContactRules("ada", rateLimit: limit), steps)
    #expect(
      found == [
        "110 change: 1 opened warning", "210 change: 2 opened warning",
        "1110 summary: 3 opened warning, 4 opened warning, 5 opened warning, 6 opened warning",
      ])
  }

  /// What is critical waits ten minutes for the limit at most; the limit counts on.
  @Test func criticalIsHeldBackForTenMinutesAtMost() {
    let limit = ContactRules.RateLimit(count: 2, seconds: 3600)
    func steps(_ levels: [Level]) -> [(Int, IncidentStep)] {
      levels.enumerated().map { index, level in
        (100 * index, step(index + 1, .opened, level, groups: ["g\(index)"]))
      }
    }
    let found = messages(
      ContactRules("ada", rateLimit: limit), steps([.warning, .warning, .warning, .critical]))
    #expect(
      found == [
        "10 change: 1 opened warning", "110 change: 2 opened warning",
        "910 summary: 4 opened critical, 3 opened warning",
      ])
    let more = messages(
      ContactRules("ada", rateLimit: limit),
      steps([.warning, .warning, .critical]) + [(2000, step(9, .opened, .warning))])
    // Of the last hour are two at 3610 still: one message and the summary.
    #expect(
      more == [
        "10 change: 1 opened warning", "110 change: 2 opened warning",
        "810 summary: 3 opened critical", "3710 summary: 9 opened warning",
      ])
  }

  /// A summary without anything critical waits for the end of quiet hours, and then holds back nothing that is critical.
  @Test func aSummaryOfWarningsWaitsForTheEndOfQuietHours() throws {
    // From 01:00 to 06:00.
    let contact = ContactRules(
      "ada", quiet: [try WeekSpan("01:00-06:00")], rateLimit: .init(count: 1, seconds: 3600))
    let night: [(Int, IncidentStep)] = [
      (3000, step(1, .opened, .warning)), (3100, step(2, .opened, .warning, groups: ["h"])),
    ]
    #expect(
      messages(contact, night, until: 30_000)
        == ["3010 change: 1 opened warning", "21600 summary: 2 opened warning"])
    #expect(
      messages(contact, night + [(8000, step(3, .opened, .critical))], until: 30_000)
        == [
          "3010 change: 1 opened warning", "8010 change: 3 opened critical",
          "21600 summary: 2 opened warning",
        ])
    #expect(
      messages(
        contact, night + [(5000, step(2, .worsened, .critical, groups: ["h"]))], until: 30_000)
        == ["3010 change: 1 opened warning", "5610 summary: 2 opened critical"])
  }

  /// `always_send` keeps to quiet hours, and ends with an acknowledgement.
  @Test func whatIsToldAgainAtEachPollKeepsToQuietHours() throws {
    let contact = ContactRules(
      "ada", quiet: [try WeekSpan("01:00-02:00")], alwaysSend: [.warning, .critical])
    for (level, isAcknowledged, expected) in [
      (Level.warning, false, [310, 3500, 7300]), (.critical, false, [310, 3500, 5000, 7300]),
      (.critical, true, []),
    ] {
      var plan = NotificationPlan()
      plan.configure(AlertSettings(contacts: [contact]))
      let opened = step(1, .opened, level)
      var incident = opened.incident
      plan.apply([(opened, ["ada"])], at: 0)
      #expect(plan.due(at: 10) { _ in incident }.count == 1)
      if isAcknowledged {
        incident.acknowledgement = Incident.Acknowledgement(who: "bob", why: "", at: 20)
      }
      let times = [100, 310, 400, 3500, 5000, 7300].filter { now in
        !plan.always([(incident, ["ada"])], period: 300, at: now).isEmpty
      }
      #expect(times == expected, "\(level)")
    }
  }

  /// In each poll, whose times are not exact; of a node that is polled more often once a minute.
  @Test(arguments: [
    (10, [20, 60, 70, 80, 120, 130, 190], [70, 130, 190]),
    (60, [69, 119, 179, 241], [69, 119, 179, 241]),
    (300, [299, 599, 601, 900], [299, 599, 900]),
    (900, [299, 899, 1801], [899, 1801]),
  ])
  func whatIsToldAgainFollowsThePeriod(period: Int, polls: [Int], told: [Int]) {
    var plan = NotificationPlan()
    plan.configure(AlertSettings(contacts: [ContactRules("ada", alwaysSend: [.warning])]))
    let opened = step(1, .opened, .warning)
    plan.apply([(opened, ["ada"])], at: 0)
    #expect(plan.due(at: 10) { _ in opened.incident }.count == 1)
    let times = polls.filter { now in
      !plan.always([(opened.incident, ["ada"])], period: period, at: now).isEmpty
    }
    #expect(times == told)
  }

  /// The limit that nobody has set does not end what somebody has asked for, and is not used up by it.
  @Test func whatIsToldAgainCountsForALimitThatIsSet() {
    for (words, expected) in [(nil, 60), ("rate_limit 30 in 1h (munin.conf:3)", 29)] {
      var plan = NotificationPlan()
      let limit = ContactRules.RateLimit(count: 30, seconds: 3600, words: words)
      plan.configure(
        AlertSettings(contacts: [ContactRules("ada", rateLimit: limit, alwaysSend: [.warning])]))
      let opened = step(1, .opened, .warning)
      plan.apply([(opened, ["ada"])], at: 0)
      #expect(plan.due(at: 10) { _ in opened.incident }.count == 1)
      let count = (1...60).count { index in
        !plan.always([(opened.incident, ["ada"])], period: 60, at: 60 * index).isEmpty
      }
      #expect(count == expected)
      let other = step(2, .opened, .warning)
      plan.apply([(other, ["ada"])], at: 3601)
      let later = plan.due(at: 3611) { _ in other.incident }
      #expect(later.contains { $0.kind == .change } == (words == nil))
    }
  }

  @Test func storedNotificationsComeBackAndDamagedOnesDoNot() {
    var line = NotificationLine(
      incident: 7, step: .worsened, place: .service(node: NodeNumber(3), name: "df"),
      groups: ["g", "h"], host: "web1", service: "df", graph: "df", title: "Disk", info: "é",
      level: .critical, was: .warning, worst: .critical, opened: -5, closed: .max)
    var part = NotificationPart(
      series: SeriesNumber(9), graph: "df", title: "Disk", field: "root", label: "/",
      level: .critical, worst: .critical, value: 0.1, base: 1024, isScaled: false)
    part.limit = .rate(low: nil, high: 3, seconds: 60, change: -2)
    part.warning = .init(low: 1, high: nil)
    line.parts = [part]
    line.fault = .withoutSubject("sdc")
    line.others = [.init(incident: 2, level: .unknown, name: "x", part: part)]
    line.followers = [NotificationFollower(graph: "a", title: "b", count: 3)]
    line.beginnings = [1, 2]
    var notification = Notification(
      number: 1, contact: "ada", kind: .change, at: 5, lines: [line], identifier: "i",
      references: ["a", "b"], groups: ["g"])
    notification.lines[0].reasons = [.init(words: "no answer", count: 3, first: "db1")]
    notification.lines[0].memberPath = "dc;db1"
    let bytes = notification.stored
    #expect(Notification(stored: bytes) == notification)
    for count in bytes.indices { #expect(Notification(stored: Array(bytes[..<count])) == nil) }
    var noise = Noise(4)
    for _ in 0..<5000 { _ = Notification(stored: noise.damaged(bytes)) }
  }
}
