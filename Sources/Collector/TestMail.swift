public import Incidents
internal import Limits
public import Notify
public import Settings

/// A message to a contact that proves nothing but its way: what `apus-collector alerts test-mail` sends.
public enum TestMail {
  /// What its command is given; `nil` for a contact without one.
  /// - Parameter now: in seconds since 1970.
  public static func command(of contact: Contact, now: Int) -> OutgoingMail? {
    let host = Configuration.hostName
    let values = example(on: host)
    guard let command = contact.shellCommand(in: values) else { return nil }
    return OutgoingMail(
      contact: contact.name, route: .command(command),
      subject: "[TEST] apus on \(host): a message to \(contact.name)",
      text: contact.template.expand(in: values) + "\n", created: now)
  }

  /// What goes its other ways: a graph with one field, which is critical.
  public static func notification(to contact: Contact, now: Int) -> Notification {
    let host = Configuration.hostName
    var part = NotificationPart(
      series: SeriesNumber(0), graph: "test", title: "Test message", field: "test", label: "test",
      level: .critical, worst: .critical, value: 1)
    part.limit = .range(low: nil, high: 0)
    (part.warning, part.critical) = (.init(low: nil, high: 0), .init(low: nil, high: 0))
    part.since = now
    part.extinfo = "a test by apus-collector, nothing is wrong"
    var line = NotificationLine(
      incident: 0, step: .opened, place: .service(node: NodeNumber(0), name: "test"),
      groups: ["test"], host: host, service: "test", graph: "test", title: "Test message",
      level: .critical, worst: .critical, opened: now)
    line.parts = [part]
    return Notification(
      number: 0, contact: contact.name, kind: .test, at: now, lines: [line],
      identifier: OutgoingMail.makeID(created: now), groups: ["test"])
  }

  /// What munin's variables mean in a test: a graph with one field, which is critical, so that a command that looks at the level acts.
  private static func example(on host: String) -> TemplateValues {
    let field = TemplateValues([
      "label": "test", "value": "1.00", "crange": ":0", "wrange": ":0",
      "extinfo": "a test by apus-collector, nothing is wrong",
    ])
    var values = TemplateValues([
      "group": "test", "host": host, "graph_title": "Test message", "plugin": "test",
      "graph_category": "test", "worst": "CRITICAL", "worstid": "2",
    ])
    for list in ["fields", "cfields"] { values.lists[list] = [("test", field)] }
    for list in ["wfields", "ufields", "ofields", "fofields"] { values.lists[list] = [] }
    for (name, members) in values.lists { values.values["num\(name)"] = "\(members.count)" }
    return values
  }
}
