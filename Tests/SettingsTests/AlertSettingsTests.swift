import MuninWire
import Settings
import Testing
import Text

/// Directives about incidents, contacts and mails: what they become, and what is said of wrong ones.
@Suite struct AlertSettingsTests {
  private static let webURL =
    "an address such as https://example.com/munin, without user, ? and #, its path of letters, digits and -._~"

  private func parse(
    _ text: String
  ) -> (settings: MasterSettings, problems: [String], warnings: [String]) {
    let parsed = MasterSettings.parse([SettingsFile(name: "m.conf", text: text)])
    return (
      parsed.settings, parsed.problems.map(\.description), parsed.warnings.map(\.description)
    )
  }

  @Test func aContactTellsWhatItWants() throws {
    let (settings, problems, warnings) = parse(
      #"""
      contact.boss.email boss@example.com
      contact.me.email me@example.com
      contact.me.tell critical, ok eased
      contact.me.quiet Mon-Fri 22:00-07:00,  Sat, Sun
      contact.me.timezone Europe/Berlin
      contact.me.rate_limit 5 in 10m
      contact.me.escalate 30m boss
      contact.me.mail_format text
      contact.me.max_messages 3
      contact.me.digest 7:05
      contact.me.ignore ^g;h: df
      contact.me.ignore swap
      contact.me.ignore_file /etc/munin/known
      contact.me.webhook https://chat.example.com:8443/hook?x=1
      contact.me.webhook_type text/plain; charset=utf-8
      contact.me.webhook_header Title: ${var:subject}; now;;Priority: 5
      contact.me.webhook_text ${var:subject}
      contact.me.webhook_secret_file /etc/munin/key
      contact.me.syslog local3
      [g;h]
      address x
      """#)
    #expect(problems == [] && warnings == [])
    let me = try #require(settings.contacts.last)
    #expect(me.tell == [.critical, .ok, .eased])
    #expect(me.quiet.map(\.description) == ["Mon-Fri 22:00-07:00", "Sat", "Sun"])
    #expect(me.timezone?.text == "Europe/Berlin" && me.maxMessages == 3)
    #expect(me.rateLimit == CountInTime(count: 5, seconds: 600))
    #expect(me.escalation == Escalation(seconds: 1800, contact: "boss"))
    let time = try #require(WallTime("07:05"))
    #expect(me.mailFormat == .text && me.digest == .daily(time))
    #expect(me.ignore.map(\.text) == ["^g;h: df", "swap"] && me.ignore.map(\.line) == [11, 12])
    #expect(me.ignoreFile?.text == "/etc/munin/known" && me.syslog == .local3)
    #expect(me.webhook.address?.host == "chat.example.com")
    #expect(me.webhook.type == "text/plain; charset=utf-8")
    #expect(me.webhook.headers.map(\.name) == ["Title", "Priority"])
    #expect(me.webhook.headers.map(\.value) == ["${var:subject}; now", "5"])
    #expect(me.webhook.text == "${var:subject}" && me.webhook.secretFile == "/etc/munin/key")
    // What is not set.
    let boss = try #require(settings.contacts.first)
    #expect(boss.tell == [.critical, .warning, .unknown, .ok] && boss.quiet.isEmpty)
    #expect(boss.rateLimit == CountInTime(count: 30, seconds: 3600) && boss.digest == nil)
    #expect(boss.mailFormat == .both && boss.escalation == nil && boss.syslog == nil)
    #expect(
      parse("contact.a.email a@b\ncontact.a.rate_limit no").settings.contacts[0].rateLimit == nil)
    #expect(
      parse("contact.a.email a@b\ncontact.a.digest Hourly").settings.contacts[0].digest == .hourly)
  }

  @Test func theTopLevelSaysHowMailsGoOutAndWhoWatches() {
    let (settings, problems, warnings) = parse(
      """
      contact.me.email me@example.com
      web_url https://Munin.example.com:8443/pages/
      smtp_server smtp://mx1, smtps://mx2:465 smtp://[::1]:2525
      smtp_user apus
      smtp_password_file /etc/munin/smtp
      smtp_ca_file /etc/munin/ca.pem
      smtp_from apus@example.com
      smtp_envelope_from bounces@example.com
      smtp_hello mon1.example.com
      sendmail /usr/sbin/sendmail
      group_wait 1m
      own_contacts me
      heartbeat_url post https://hc.example.com/abc
      heartbeat_mail 08:00 me
      """)
    #expect(problems == [])
    #expect(warnings == [])
    let mail = settings.mail
    #expect(settings.webURL?.host == "munin.example.com")
    #expect(settings.webURL?.withoutEndSlash == "https://Munin.example.com:8443/pages")
    #expect(settings.webURL?.path == "/pages")
    #expect(mail.servers == ["smtp://mx1", "smtps://mx2:465", "smtp://[::1]:2525"])
    #expect(mail.user == "apus" && mail.passwordFile == "/etc/munin/smtp")
    #expect(mail.encryption == .required && mail.setEncryption == nil)
    #expect(mail.caFile == "/etc/munin/ca.pem" && mail.from == "apus@example.com")
    #expect(mail.envelopeFrom == "bounces@example.com" && mail.hello == "mon1.example.com")
    #expect(mail.sendmail == "/usr/sbin/sendmail" && settings.groupWait == 60)
    #expect(settings.ownContacts == ["me"])
    #expect(settings.heartbeatCall?.isPost == true)
    #expect(settings.heartbeatCall?.address.text == "https://hc.example.com/abc")
    #expect(settings.heartbeatMail?.time.description == "08:00")
    #expect(settings.heartbeatMail?.contacts == ["me"])
    // What is not set.
    let plain = parse("").settings
    #expect(plain.mail == MailSettings() && plain.mail.encryption == .auto && plain.groupWait == 10)
    #expect(plain.webURL == nil && plain.ownContacts == nil && plain.heartbeatCall == nil)
    #expect(parse("group_wait 0").settings.groupWait == 0)
  }

  /// Each wrong value keeps the collector from starting, since munin does not know the word.
  @Test(arguments: [
    ("contact.a.tell never", "a list of critical, warning, unknown, ok, eased, or none"),
    ("contact.a.tell none ok", "a list of critical, warning, unknown, ok, eased, or none"),
    ("contact.a.timezone ../etc/passwd", "a time zone such as Europe/Berlin"),
    ("contact.a.rate_limit 5", "a number of times and a time such as 3 in 1h, or no"),
    ("contact.a.rate_limit 0 in 1h", "a number of times and a time such as 3 in 1h, or no"),
    ("contact.a.escalate boss", "a time and a contact such as '30m boss'"),
    ("contact.a.escalate soon boss", "a time and a contact such as '30m boss'"),
    ("contact.a.mail_format html", "both or text"),
    ("contact.a.digest 24:00", "a time of day such as 08:00, or hourly"),
    ("contact.a.digest daily", "a time of day such as 08:00, or hourly"),
    ("contact.a.ignore_file known", "an absolute path"),
    ("contact.a.webhook ftp://x/", "an address such as https://example.com/path"),
    ("contact.a.webhook https://x y/", "an address such as https://example.com/path"),
    ("contact.a.webhook_type json", "a media type such as text/plain"),
    ("contact.a.webhook_header Title", "headers such as 'Title: ${var:subject};;Priority: 5'"),
    ("contact.a.webhook_header A B: x", "headers such as 'Title: ${var:subject};;Priority: 5'"),
    (
      "contact.a.syslog loud",
      "user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp or local0 to local7"
    ),
    ("web_url munin.example.com", AlertSettingsTests.webURL),
    ("web_url https://a@b/", AlertSettingsTests.webURL),
    ("web_url https://b/?x", AlertSettingsTests.webURL),
    // A link to //evil/ leaves the site.
    ("web_url https://b//evil", AlertSettingsTests.webURL),
    ("web_url https://b/a/../c", AlertSettingsTests.webURL),
    ("web_url https://b/a%2Fc/", AlertSettingsTests.webURL),
    ("smtp_server mx1", "smtp://host:port or smtps://host:port"),
    ("smtp_server smtp://mx1 smtp://*", "smtp://host:port or smtps://host:port"),
    ("smtp_tls yes", "auto, required or off"),
    ("smtp_user a b", "a word"),
    ("smtp_password_file secret", "an absolute path"),
    ("smtp_envelope_from nobody", "a mail address"),
    ("smtp_hello my host", "a host name"),
    ("sendmail sendmail -t", "an absolute path"),
    ("group_wait 2h", "seconds from 0 to 3600"),
    ("hold 2 in 3", "N of M, with M at most 16, such as 2 of 3"),
    ("hold_critical 3 of 2", "N of M, with M at most 16, such as 2 of 3"),
    ("[g;h]\nload.load.clear 1:2:3", "a range such as 10, 5:10, :10 or :80%"),
    ("[g;h]\nload.load.clear_critical :80% of", "a range such as 10, 5:10, :10 or :80%"),
    ("rate :50", "a range and a time such as :50/min"),
    ("rate_critical :50%/min", "a range and a time such as :50/min"),
    ("repeat often", "a time such as 30m, 4h or 2d"),
    ("repeat 0", "a time such as 30m, 4h or 2d"),
    ("flapping 3 per 1h", "a number of times and a time such as 3 in 1h, or no"),
    ("munin_compatible maybe", "yes or no"),
    ("is_state up", "yes or no"),
    ("[g;h]\nsubject two words", "a word"),
    ("timezone Europe/", "a time zone such as Europe/Berlin"),
    (
      "heartbeat_url PUT https://x/",
      "an address such as https://example.com/path, or GET or POST and that"
    ),
    ("heartbeat_mail admin", "a time of day and contacts such as 08:00 admin"),
  ])
  func aWrongValueIsAnErrorThatSaysWhatWasExpected(text: String, expected: String) {
    let line = text.hasPrefix("[") ? 2 : 1
    let directive = text.split(separator: "\n").last.map(String.init) ?? ""
    let parts = directive.split(separator: " ", maxSplits: 1).map(String.init)
    let problems = parse(text).problems
    #expect(problems == ["m.conf:\(line): \(parts[0]): expected \(expected), found '\(parts[1])'"])
  }

  @Test(arguments: [
    ("contact.a.quiet Sat,,Sun", ""),
    ("contact.a.quiet Mon-Fry 22:00-07:00", "Mon-Fry 22:00-07:00"),
    ("[g;h]\nload.maintenance Sun 02:00-25:00", "Sun 02:00-25:00"),
    ("maintenance 2026-12-24 22:00-2026-12-23 06:00", "2026-12-24 22:00-2026-12-23 06:00"),
  ])
  func aWrongSpanIsAnErrorThatShowsIt(text: String, span: String) {
    let line = text.hasPrefix("[") ? 2 : 1
    let word = text.split(separator: "\n").last?.split(separator: " ").first ?? ""
    #expect(
      parse(text).problems == [
        "m.conf:\(line): \(word): expected spans like 'Sun 02:00-04:00' or '2026-12-24 22:00-2026-12-25 06:00', found '\(span)'"
      ])
  }

  /// What is right by itself and makes no sense.
  @Test(arguments: [
    ("contact.a.escalate 1h boss", "1: contact.a.escalate: unknown contact 'boss'"),
    ("contact.a.escalate 1h a", "1: contact.a.escalate: expected another contact"),
    (
      "contact.a.webhook_type text/plain",
      "1: contact.a.webhook_type: no effect without contact.a.webhook"
    ),
    ("contact.a.tell none", "1: contact.a.tell: none, and no digest: it gets no messages"),
    ("contact.a.ignore x", "1: contact.a.ignore: no effect without contact.a.digest"),
    ("smtp_user u", "1: smtp_user: expected smtp_password_file as well"),
    ("smtp_password_file /x", "1: smtp_password_file: no effect without smtp_user"),
    (
      "smtp_tls off\nsmtp_user u\nsmtp_password_file /x",
      "1: smtp_tls: off: the password of smtp_user may be sent to anybody who answers as the server"
    ),
    ("own_contacts me", "1: own_contacts: unknown contact 'me'"),
    ("heartbeat_mail 08:00 aa", "1: heartbeat_mail: unknown contact 'aa', did you mean 'a'?"),
  ])
  func whatMakesNoSenseTogetherIsAWarning(text: String, message: String) {
    let (_, problems, warnings) = parse("\(text)\ncontact.a.email a@b\n")
    #expect(problems == [])
    #expect(warnings == ["m.conf:\(message)"])
  }

  @Test func aContactNeedsNoMoreThanOneWay() {
    let contact = MasterSettings.parse([
      SettingsFile(name: "m.conf", text: "contact.a.webhook https://x/\ncontact.b.syslog daemon\n")
    ])
    #expect(contact.settings.contacts.map(\.isReachable) == [true, true])
    #expect(contact.warnings.isEmpty)
  }

  @Test func wordsAreInheritedFromTheNearestPlaceWithTheirLine() throws {
    let (settings, problems, warnings) = parse(
      """
      repeat 1d
      flapping 5 in 2h
      timezone Europe/Berlin
      maintenance Sun 02:00-04:00
      [g;]
      repeat 4h
      notify_alias the group
      timezone UTC
      [g;h]
      address x
      munin_compatible yes
      subject all
      maintenance Sat 01:00-02:00, 2026-12-24 22:00-2026-12-25 06:00
      load.load.repeat 10m
      load.flapping no
      load.notify_alias the load
      disk.sda.subject sda
      disk.maintenance Mon 03:00-04:00
      [other;i]
      address y
      """)
    #expect(problems == [] && warnings == [])
    let (h, i) = (settings.hosts[0], settings.hosts[1])
    #expect(settings.repeatTime(for: h, service: "load", field: "load") == 600)
    #expect(settings.repeatTime(for: h, service: "load") == 4 * 3600)
    #expect(settings.repeatTime(for: i) == 86_400)
    #expect(settings.flapping(for: h) == CountInTime(count: 5, seconds: 7200))
    #expect(settings.flapping(for: h, service: "load") == nil)
    #expect(
      parse("[g;h]\naddress x").settings.flapping(for: h) == CountInTime(count: 3, seconds: 3600))
    #expect(
      settings.isMuninCompatible(for: h, service: "load") && !settings.isMuninCompatible(for: i))
    #expect(!settings.isMuninCompatible && parse("munin_compatible yes").settings.isMuninCompatible)
    #expect(settings.subject(of: "load", on: h) == "all" && settings.subject(of: "x", on: i) == nil)
    #expect(settings.subject(of: "disk.sda", on: h) == "sda")
    #expect(settings.notifyAlias(ofGroup: ["g"]) == "the group")
    #expect(settings.notifyAlias(ofGroup: ["other"]) == nil)
    #expect(settings.notifyAlias(of: "load", on: h) == "the load")
    #expect(settings.notifyAlias(of: "cpu", on: h) == nil && h.notifyAlias == nil)
    #expect(settings.timezone(ofGroup: ["g"])?.text == "UTC")
    #expect(settings.timezone(ofGroup: [])?.text == "Europe/Berlin")
    #expect(settings.lines(of: "timezone").map(\.place.line) == [3, 8])
    let word = try #require(settings.word("repeat", for: h, service: "cpu", field: "user"))
    #expect(word.text == "4h" && word.place == SettingPlace(file: "m.conf", line: 6))
    #expect(settings.word("hold", for: h) == nil)
    let work = settings.maintenance
    #expect(
      work.map { $0.spans.map(\.description) } == [
        ["Sun 02:00-04:00"],
        ["Sat 01:00-02:00", "2026-12-24 22:00-2026-12-25 06:00"], ["Mon 03:00-04:00"],
      ])
    #expect(work.map(\.groups) == [[], ["g"], ["g"]] && work.map(\.host) == [nil, "h", "h"])
    #expect(work.map(\.service) == [nil, nil, "disk"])
    #expect(work.map(\.zone?.text) == ["Europe/Berlin", "UTC", "UTC"])
    #expect(work.map(\.place.line) == [4, 13, 18])
  }

  @Test func aParentIsFoundByItsPathOrItsName() {
    let (settings, problems, warnings) = parse(
      """
      [a;]
      parent gate
      [a;gate]
      address x
      parent core;router
      [a;one]
      address x
      [a;two]
      address x
      parent none
      [b;gate]
      address x
      [b;three]
      address x
      parent router
      [core;router]
      address x
      """)
    #expect(problems == [] && warnings == [])
    #expect(
      settings.hosts.map { $0.parent ?? "-" } == [
        "core;router", "a;gate", "-", "-", "core;router", "-",
      ])
  }

  @Test(arguments: [
    ("[a;x]\naddress x\nparent y", ["3: parent: unknown node 'y', did you mean 'x'?"]),
    ("[a;x]\naddress x\nparent a;z", ["3: parent: unknown node 'a;z', did you mean 'a;x'?"]),
    ("[a;x]\naddress x\nparent x", ["3: parent: 'a;x' cannot be its own parent"]),
    (
      "[a;x]\naddress x\nparent y\n[b;y]\naddress x\n[c;y]\naddress x",
      ["3: parent: 2 nodes are called 'y': expected group;host"]
    ),
    ("[a;x]\naddress x\nparent y\n[b;y]\nupdate no", ["3: parent: 'b;y' is not polled"]),
    (
      "[a;x]\naddress x\nparent y\n[a;y]\naddress x\nparent z\n[a;z]\naddress x\nparent x",
      ["3: parent: a;x - a;y - a;z - a;x: a node would be behind itself: the line is ignored"]
    ),
    // A line of a group is told once.
    ("[a;]\nparent gate\n[a;x]\naddress x\n[a;y]\naddress x", ["2: parent: unknown node 'gate'"]),
  ])
  func aParentThatCannotBeIsToldAndIgnored(text: String, messages: [String]) {
    let (settings, problems, warnings) = parse(text)
    #expect(problems == [])
    #expect(warnings == messages.map { "m.conf:\($0)" })
    #expect(settings.hosts.first?.parent == nil)
  }

  @Test func moreThanEightNodesBehindEachOtherAreTold() {
    let hosts = (0..<12).map { "[g;n\($0)]\naddress x\n" + ($0 < 11 ? "parent n\($0 + 1)\n" : "") }
    let (settings, problems, warnings) = parse(hosts.joined())
    #expect(problems == [])
    #expect(
      warnings.first
        == "m.conf:3: parent: 'g;n0': expected at most 8 nodes behind each other: the line is ignored for it"
    )
    // No chain of what is left is longer.
    let parents = Dictionary(uniqueKeysWithValues: settings.hosts.map { ($0.path, $0.parent) })
    for host in settings.hosts {
      var (length, next) = (0, host.parent)
      while let parent = next {
        length += 1
        next = parents[parent] ?? nil
      }
      #expect(length <= 8, "\(host.path)")
    }
  }
}
