public import Incidents
internal import Limits
public import Notify
public import Settings

/// A message to a contact that proves nothing but its way: what `apus-collector alerts test-mail` sends.
public enum TestMail {
  /// One message for each way to a contact.
  /// - Parameters:
  ///   - site: where the pages are, without a slash at the end.
  ///   - now: in seconds since 1970.
  public static func messages(to contact: Contact, site: String?, now: Int) -> [OutgoingMail] {
    let host = Configuration.hostName
    let subject = "[TEST] apus on \(host): a message to \(contact.name)"
    var routes: [(OutgoingMail.Route, String)] = []
    if let address = contact.email.flatMap({ try? MailAddress($0) }) {
      var text = """
        This is a test, ordered by 'apus-collector alerts test-mail \(contact.name)' on \(host).
        Nothing is wrong. Messages about limits come to you in this way.

        """
      if let site { text += "\nPage: \(site)/\n" }
      routes.append((.address(address), text))
    }
    let values = example(on: host)
    if let command = contact.shellCommand(in: values) {
      routes.append((.command(command), contact.template.expand(in: values)))
    }
    return routes.map { route, text in
      OutgoingMail(
        contact: contact.name, route: route, subject: subject, text: text, created: now)
    }
  }

  /// The further ways to a contact.
  public static func ways(to contact: Contact) -> [AlertWay] {
    var ways: [AlertWay] = []
    if contact.webhook.address != nil {
      ways.append(.webhook(isPerGraph: contact.webhook.text != nil))
    }
    if contact.syslog != nil { ways.append(.syslog) }
    return ways
  }

  /// What goes there: a graph with one field, which is critical.
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
