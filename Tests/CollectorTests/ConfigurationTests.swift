import Foundation
import Logbook
import Notify
import Settings
import Testing

@testable import Collector

@Suite struct WarningLineTests {
  @Test(arguments: [
    ("m.conf:3: pid_file: x", "warning: m.conf:3: pid_file: x"),
    (
      "m.conf:3: warning: the upper limit of '9:3' is below the lower one",
      "warning: m.conf:3: directive 'warning': the upper limit of '9:3' is below the lower one"
    ),
    ("m.conf:3: a.b.warning: expected", "warning: m.conf:3: a.b.warning: expected"),
  ])
  func aLineSaysWarningOnce(finding: String, line: String) {
    #expect(Configuration.line(ofWarning: finding) == line)
  }
}

/// munin.conf and what it includes, read and checked as a whole.
@Suite struct ConfigurationTests {
  private let scratch = Scratch()

  private func settings(_ text: String = "") -> String {
    scratch.write(
      "dbdir \(scratch.path)/db\n\(text)\n[g;web01]\naddress 127.0.0.1\n", to: "munin.conf")
  }

  @Test func goodSettingsHaveNoProblem() throws {
    let configuration = Configuration(
      path: settings("contact.a.email a@example.com\nsmtp_from a@example.com"))
    #expect(configuration.problems == [] && configuration.warnings == [])
    #expect(configuration.settings.hosts.map(\.path) == ["g;web01"])
    let mails = try #require(configuration.mails)
    #expect(mails.servers.map(\.description) == ["smtp://127.0.0.1:25"])
    #expect(mails.identity.from.description == "a@example.com")
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/db"))
  }

  /// All at once, each with its line; the mail settings too, which nobody would miss before the first alert.
  @Test func everyProblemIsTold() {
    let file = settings(
      """
      update_rate often
      smtp_server mail.example.com
      smtp_from nobody
      contact.a.email a@b@c
      contact.b.email a@example..com
      contact.c.command mail ${var:host
      contact.c.text ${loop:fields
      adress 1
      """)
    let configuration = Configuration(path: file)
    let problems = configuration.problems
    // munin accepts that one.
    #expect(configuration.warnings.contains { $0.hasPrefix("\(file):2: update_rate") })
    for (number, word) in [
      (3, "smtp_server"), (4, "smtp_from"), (5, "contact.a.email"),
      (6, "contact.b.email"), (9, "unknown word 'adress'"),
    ] {
      let place = "\(file):\(number): \(word)"
      #expect(problems.count { $0.hasPrefix(place) } == 1, "\(place) in \(problems)")
    }
    #expect(problems.count == 5, "\(problems)")
    // munin starts with any template.
    for (number, word, end) in [
      (7, "contact.c.command", "run as it is written"),
      (8, "contact.c.text", "sent as it is written"),
    ] {
      let place = "\(file):\(number): \(word): column "
      #expect(
        configuration.warnings.count { $0.hasPrefix(place) && $0.hasSuffix(end) } == 1,
        "\(place) in \(configuration.warnings)")
    }
  }

  /// What contacts and mails need, and what would be missed only when a message is due.
  @Test func filesOfContactsAndMailsAreLookedAt() throws {
    let open = scratch.write("secret\n", to: "open")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
    let closed = scratch.write("secret\n", to: "closed")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: closed)
    let two = scratch.write("a\nb\n", to: "two")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: two)
    let patterns = scratch.write("# known\n^g;h: df\n\n(swap\n", to: "patterns")
    let missing = "\(scratch.path)/missing"
    let file = settings(
      """
      smtp_user u
      smtp_password_file \(open)
      smtp_ca_file \(missing)
      sendmail \(patterns)
      timezone Europe/Nowhere
      contact.a.email a@example.com
      contact.a.digest hourly
      contact.a.timezone Europe/Berlin
      contact.a.ignore a(b
      contact.a.ignore_file \(patterns)
      contact.a.webhook https://example.com/
      contact.a.webhook_secret_file \(two)
      contact.a.webhook_text ${loop:fields
      contact.a.webhook_header Title: ${var:host
      smtp_from a@example.com
      """)
    let configuration = Configuration(path: file)
    #expect(configuration.problems == [])
    let findings = configuration.warnings
    let expected = [
      "\(file):3: smtp_password_file: \(open): readable for others: expected chmod o= \(open)",
      "\(file):4: smtp_ca_file: cannot open \(missing): No such file or directory",
      "\(file):5: sendmail: cannot open \(patterns): Permission denied",
      "\(file):6: timezone: unknown time zone 'Europe/Nowhere': cannot open /usr/share/zoneinfo/Europe/Nowhere: No such file or directory",
      "\(file):10: contact.a.ignore: ", "\(patterns):4: pattern: ",
      "\(file):13: contact.a.webhook_secret_file: \(two): expected one line of text",
      "\(file):14: contact.a.webhook_text: column ",
      "\(file):15: contact.a.webhook_header: Title: column ",
    ]
    #expect(findings.count == expected.count, "\(findings)")
    for (finding, start) in zip(findings, expected) { #expect(finding.hasPrefix(start)) }
    let good = Configuration(
      path: settings(
        "smtp_user u\nsmtp_password_file \(closed)\nsendmail /bin/cat\ntimezone UTC\nsmtp_from a@example.com"
      ))
    #expect(good.problems + good.warnings == [])
  }

  @Test func mailsGoAsTheSettingsSay() throws {
    let secret = scratch.write("pass word\n", to: "secret")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
    let start = "contact.a.email a@example.com\nsmtp_from apus@example.com\n"
    let all = Configuration(
      path: settings(
        start + """
          smtp_server smtp://mx1, smtps://mx2:4650
          smtp_user u
          smtp_password_file \(secret)
          smtp_envelope_from bounces@example.com
          smtp_hello mon1.example.com
          sendmail /bin/cat
          """))
    #expect(all.problems + all.warnings == [])
    let mails = try #require(all.mails)
    #expect(mails.servers.map(\.description) == ["smtp://mx1:25", "smtps://mx2:4650"])
    #expect(mails.servers.map(\.security) == [.required, .implicit])
    #expect(mails.login == MailLogin(user: "u", password: "pass word"))
    #expect(mails.identity.envelope.description == "bounces@example.com")
    #expect(mails.identity.hostName == "mon1.example.com" && mails.sendmail == "/bin/cat")
    // A program stands for the server of this machine, and STARTTLS can be left out.
    let local = Configuration(path: settings(start + "sendmail /bin/cat"))
    #expect(local.mails?.servers == [] && local.mails?.sendmail == "/bin/cat")
    let plain = Configuration(path: settings(start + "smtp_server smtp://mx1\nsmtp_tls off"))
    #expect(plain.mails?.servers.map(\.security) == [MailServer.Security.none])
  }

  @Test func graphsOfFieldsThatNoNodeHasAreNamed() {
    let file = settings(
      """
      [g;Together]
        update no
        beside.graph_order one=web01:load.load \\
          two=g;web01:load.load
        piled.holder.stack one=g;web01:load.load gone=g;nosuch:load.load
        added.all.sum web01:load.load Together:added.all
        added.all.cdef all,other,*
        loop.a.sum loop.b
        loop.b.sum loop.a
        ratio.graph_order a=web01:load.load r
        ratio.r.label percent
        bad.x.sum a: web01:load.load
      [g;web02]
        address 127.0.0.1
        self.x.sum self.x web01:load.load
      """)
    let configuration = Configuration(path: file)
    #expect(configuration.problems == [])
    let missing = "not found: no node of that name, or one that is not polled and has no such graph"
    #expect(
      configuration.warnings == [
        "\(file):6: g;Together: piled: gone: g;nosuch:load.load: \(missing)",
        "\(file):7: g;Together: added: all: Together:added.all: refers to itself",
        "\(file):7: g;Together: added: all: cdef 'all,other,*' is not an expression over the fields of the graph: not drawn",
        "\(file):9: g;Together: loop: a: loop.a: refers to itself",
        "\(file):10: g;Together: loop: b: loop.b: refers to itself",
        "\(file):11: g;Together: ratio: r: neither a field of the service, nor borrowed, nor a sum: not drawn",
        "\(file):13: g;Together: bad: x: sum: expected group;host:service.field, found 'a:'",
        "\(file):16: g;web02: self: x: self.x: refers to itself",
      ])
  }

  /// What a line about contacts names is a part of the line; what is sent as it stands, and what is without effect, is none.
  @Test func namesPatternsAndFilesOfContactsAreKnownToBeWrong() {
    let start = "contact.a.command true\ncontact.a.digest 08:00\n[g;web01]\naddress 127.0.0.1\n"
    func new(_ conf: String) -> [String] {
      let old = Configuration(path: settings(start)).wrongLines
      return WrongLine.new(in: Configuration(path: settings(conf + start)).wrongLines, since: old)
        .map { String($0.description.split(separator: "/", maxSplits: 4).last ?? "") }
    }
    #expect(new("") == [])
    for (line, words) in [
      ("contact.a.ignore (", "contact.a.ignore: "),
      ("contact.a.ignore_file /nonexistent", "No such"),
      ("heartbeat_mail 08:00 b", "heartbeat_mail: unknown contact 'b'"),
      ("own_contacts b", "own_contacts: unknown contact 'b'"),
      ("contacts b", "contacts: unknown contact 'b'"),
      ("contact.a.escalate 5m b", "contact.a.escalate: unknown contact 'b'"),
      ("timezone Nowhere/Land", "Nowhere/Land: No such"), ("smtp_ca_file /nonexistent", "No such"),
      ("sendmail /nonexistent", "No such"),
    ] {
      let found = new(line + "\n")
      #expect(found.count == 1 && found.first?.contains(words) == true, "\(line): \(found)")
    }
    #expect(new("contact.b.email b@example.com\ncontact.b.ignore x\n") == [])
  }

  /// A start goes on without them; a collector that runs keeps what it had.
  @Test func linesThatAreNewlyWrongAreKnown() {
    let start = "contact.a.command true\n[g;web01]\naddress 127.0.0.1\nload.load.warning x\n"
    let old = Configuration(path: settings(start)).wrongLines
    #expect(old.map(\.description).count == 1, "\(old)")
    func new(_ conf: String) -> [String] {
      WrongLine.new(in: Configuration(path: settings(conf)).wrongLines, since: old).map {
        String($0.description.split(separator: "/").last ?? "")
      }
    }
    // The same line at another place, and what is only without effect.
    #expect(new("htmldir /x\n\n" + start + "load.load.critical 5\n") == [])
    #expect(new("") == [])
    let found = new(
      start + "load.load.warning x\nload.load.critical 1o\nport 49x\n"
        + "[g;web02]\naddress 127.0.0.1\ntls enabled\ntls_private_key /nonexistent\n")
    #expect(found.count == 4, "\(found)")
    let starts = [
      "munin.conf:6: load.load.warning: expected a range such as 10",
      "munin.conf:7: load.load.critical: expected a range such as 10",
      "munin.conf:8: port: expected a port",
    ]
    #expect(zip(found, starts).allSatisfy { $0.hasPrefix($1) }, "\(found)")
  }

  @Test func limitsThatContradictEachOtherAreNamed() {
    let file = settings(
      """
      [g;web02]
      address 127.0.0.1
      if_eth0.up.min 0
      if_eth0.up.type DERIVE
      if_eth0.up.max -1
      load.load.min 5
      load.load.max 5
      load.other.max 7
      """)
    #expect(
      Configuration(path: file).warnings == [
        "\(file):6: g;web02: if_eth0.up: max -1 is not above min 0: max ignored",
        "\(file):8: g;web02: load.load: max 5 is not above min 5: both ignored",
      ])
  }

  /// A reload asks whether anything else than before is to be read.
  @Test func otherBytesAreAnotherContent() throws {
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/more", withIntermediateDirectories: true)
    let file = settings("includedir \(scratch.path)/more")
    let first = Configuration(path: file)
    #expect(first.content == Configuration(path: file).content && first.files == [file])
    let included = scratch.write("[g;web02]\naddress 127.0.0.1\n", to: "more/web02.conf")
    let second = Configuration(path: file)
    #expect(second.content != first.content && second.files == [file, included])
    scratch.remove("munin.conf")
    #expect(Configuration(path: file).content != second.content)
    #expect(Configuration(path: file).content == Configuration(path: file).content)
  }

  @Test func onlyOtherSettingsAreReadAgain() {
    let file = settings("[g;web02]\naddress 127.0.0.1\nnonsense 1")
    let first = Configuration(path: file)
    #expect(!first.problems.isEmpty && Configuration.changed(file, since: first.content) == nil)
    _ = settings("[g;web02]\naddress 127.0.0.1")
    let second = Configuration.changed(file, since: first.content)
    #expect(second?.problems == [] && second?.content == Configuration(path: file).content)
    scratch.remove("munin.conf")
    let third = Configuration.changed(file, since: second?.content ?? 0)
    #expect(third?.problems.count == 1)
    #expect(Configuration.changed(file, since: third?.content ?? 0) == nil)
  }

  @Test func theFoldersOfTheSettingsAreKnown() throws {
    for folder in ["more", "real"] {
      try FileManager.default.createDirectory(
        atPath: "\(scratch.path)/\(folder)", withIntermediateDirectories: true)
    }
    scratch.write("includedir \(scratch.path)/more\n", to: "real/munin.conf")
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/munin.conf", withDestinationPath: "real/munin.conf")
    #expect(
      Configuration.folders(of: "\(scratch.path)/munin.conf") == [
        scratch.path, "\(scratch.path)/real", "\(scratch.path)/more",
      ])
    #expect(Configuration.folders(of: "/nonexistent.conf") == ["/"])
  }

  @Test func includedFilesAreNamed() throws {
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/more", withIntermediateDirectories: true)
    let included = scratch.write("[g;web02]\naddress 127.0.0.1\nporrt 1\n", to: "more/web02.conf")
    let file = settings("includedir \(scratch.path)/more\ncontact.a.email a@example..com")
    let problems = Configuration(path: file).problems
    #expect(problems.contains { $0.hasPrefix("\(included):3: unknown word 'porrt'") })
    #expect(problems.contains { $0.hasPrefix("\(file):3: contact.a.email: expected an address") })
  }

  @Test func aMissingIncludeFolderIsNamedOnce() {
    let file = settings("includedir /nonexistent/more")
    #expect(
      Configuration(path: file).warnings == [
        "\(file):2: includedir: cannot open /nonexistent/more: No such file or directory"
      ])
  }

  @Test func settingsWithoutANodeAreTold() {
    let file = scratch.write("# nothing\n", to: "empty.conf")
    let configuration = Configuration(path: file)
    #expect(configuration.problems == [])
    #expect(configuration.warnings == ["\(file): no node in it: nothing is polled"])
  }

  @Test func aMissingFileIsNamed() {
    #expect(
      Configuration(path: "/nonexistent/munin.conf").problems == [
        "cannot open /nonexistent/munin.conf: No such file or directory"
      ])
  }

  /// Without settings there is still a node to poll: the one on this machine.
  @Test func noSettingsAreEnough() {
    let configuration = Configuration(path: nil)
    #expect(configuration.problems == [] && configuration.warnings == [])
    #expect(configuration.settings.hosts.map(\.path) == ["localdomain;localhost.localdomain"])
    #expect(configuration.settings.hosts.map(\.address) == ["127.0.0.1"])
  }

  @Test func theLogGoesWhereSettingsSay() {
    #expect(Configuration(path: settings()).settings.logDestination == .standardError)
    #expect(
      Configuration(path: settings("log_file /var/log/x\nlog_level 3")).settings.logDestination
        == .file("/var/log/x"))
    #expect(Configuration(path: settings("log_level 3")).settings.logThreshold == .info)
    #expect(
      Configuration(path: settings("log_file Sys::Syslog\nsyslog_facility local3"))
        .settings.logDestination == .syslog(identity: "apus-collector", facility: 19))
  }

  #if TLS
    @Test func missingFilesOfTLSAreNamed() {
      let file = settings(
        """
        [g;secret]
          address 127.0.0.1
          tls paranoid
          tls_private_key /nonexistent/key
          tls_certificate /nonexistent/certificate
          tls_ca_certificate /nonexistent/ca
          tls_match (
        """)
      let configuration = Configuration(path: file)
      for (line, words) in [
        (5, "cannot read tls_private_key /nonexistent/key: No such file or directory"),
        (6, "cannot read tls_certificate /nonexistent/certificate: No such file or directory"),
        (7, "cannot read tls_ca_certificate /nonexistent/ca: No such file or directory"),
        (8, "tls_match: pattern '(': "),
      ] {
        let start = "\(file):\(line): g;secret: tls paranoid: \(words)"
        #expect(
          configuration.warnings.contains { $0.hasPrefix(start) && $0.hasSuffix(": not polled") },
          "\(configuration.warnings)")
      }
      // The others are polled all the same; that one never without TLS.
      #expect(configuration.problems == [])
      #expect(
        configuration.settings.hosts.map { $0.obstacle?.hasPrefix("tls paranoid: ") } == [
          true, nil,
        ])
    }

    @Test func whereNoNodeCanBePolledThatIsTold() {
      for lines in ["tls enabled\ntls_private_key /nonexistent/key", "tls always"] {
        let configuration = Configuration(path: settings(lines))
        #expect(configuration.problems == [])
        #expect(
          configuration.warnings.contains(
            "no node can be polled: of each, tls cannot be used as it is set"))
      }
    }
  #else
    @Test func tlsThatIsDemandedIsNotDropped() {
      let configuration = Configuration(
        path: settings("[g;secret]\n  address 127.0.0.1\n  tls paranoid\n"))
      #expect(
        configuration.warnings.contains {
          $0.contains("tls paranoid: this apus-collector was built without TLS")
        })
      #expect(configuration.settings.hosts.first?.obstacle != nil)
    }
  #endif
}

@Suite struct DataFolderTests {
  private let scratch = Scratch()

  @Test func itIsMadeWithItsParentsAndLocked() throws {
    let path = "\(scratch.path)/a/b/c"
    let folder = try DataFolder(path)
    #expect(folder.ledger == "\(path)/apus.sqlite")
    #expect(scratch.read("a/b/c/apus-collector.lock") == "\(getpid())\n")
    #expect {
      _ = try DataFolder(path)
    } throws: { error in
      "\(error)"
        == "\(path) is in use by another apus-collector (pid \(getpid())): end it, or set another dbdir"
    }
  }

  @Test func aFolderThatCannotBeIsNamed() {
    #expect {
      _ = try DataFolder("/proc/nonexistent/db")
    } throws: { error in
      "\(error)".contains("mkdir /proc/nonexistent: ")
    }
  }
}
