import Inventory
import MuninWire
import TestSupport
import Testing

@testable import Polling

/// Conversations with nodes of all kinds.
@Suite struct MasterDialogueTests {
  private static let named = MasterDialogue(subject: .named("web01.example.com"))

  @Test func aStockNodeIsAskedInThreeRoundTrips() throws {
    let transcript = Transcript(
      """
      < # munin node at web01.example.com
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap multigraph dirtyconfig
      < load users
      > config load
      > config users
      < graph_title Load average
      < load.label load
      < .
      < graph_title Users
      < pts.label pts
      < tty.label tty
      < .
      > fetch load
      > fetch users
      < load.value 0.37
      < .
      < pts.value 2
      < tty.value U
      < .
      > quit\u{20}
      """)
    try transcript.expect(
      Self.named,
      """
      load
        load 'Load average' load(load)
        load.load = 0.37
      users
        users 'Users' pts(pts) tty(tty)
        users.pts = 2
        users.tty = U
      """)
  }

  /// What `munin-update` sends, byte for byte: one request, then its answer.
  @Test func oneRequestAtATimeIsMuninUpdatesWay() throws {
    let transcript = Transcript(
      """
      < # munin node at web01.example.com
      > cap multigraph dirtyconfig
      < cap multigraph dirtyconfig
      > list web01.example.com
      < load users
      > config load
      < graph_title Load average
      < load.label load
      < .
      > fetch load
      < load.value 0.37
      < .
      > config users
      < graph_title Users
      < pts.label pts
      < pts.value 4
      < .
      > quit\u{20}
      """)
    try transcript.expect(
      MasterDialogue(subject: .named("web01.example.com"), window: 1),
      """
      load
        load 'Load average' load(load)
        load.load = 0.37
      users
        users 'Users' pts(pts)
        users.pts = 4
      """)
  }

  /// Over ssh, a login message comes first; it may even speak of nodes.
  @Test func linesBeforeTheBannerArePassedOver() throws {
    let transcript = Transcript(
      """
      <
      < Welcome to web01, running munin
      < # look at /etc/motd
      < # see you at munin node
      < * # look at munin node at web01
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap multigraph dirtyconfig
      <
      > nodes
      < web01
      < web02
      < .
      > quit\u{20}
      """)
    for piece in Transcript.pieces {
      let dialogue = try transcript.play(Self.named, piece: piece)
      #expect(dialogue.nodeName == "web01" && dialogue.isDone && dialogue.services.isEmpty)
      #expect(dialogue.nodes == ["web01", "web02"])
    }
  }

  @Test(arguments: [
    (MasterDialogue.Subject.named("a.b"), "list a.b"), (.nodeName, "list Web01.Example.COM"),
    (.standard, "list "),
  ])
  func theListIsAskedForBy(subject: MasterDialogue.Subject, request: String) throws {
    for banner in ["# munin node at", "# lrrd client at", "#munin node at"] {
      var dialogue = MasterDialogue(subject: subject)
      try dialogue.hear("\(banner) Web01.Example.COM\n")
      let said = String(decoding: dialogue.takeRequests(), as: UTF8.self)
      #expect(said == "cap multigraph dirtyconfig\n\(request)\n")
    }
  }

  @Test func aNodeWithoutCapabilitiesIsPolled() throws {
    let transcript = Transcript(
      """
      < # munin node at old
      > cap multigraph dirtyconfig
      > list web01.example.com
      < # Unknown command. Try list, nodes, config, fetch, version or quit
      < load
      > config load
      < graph_title Load
      < load.label load
      < .
      > fetch load
      < load.value 1
      < .
      > quit\u{20}
      """)
    try transcript.expect(Self.named, "load\n  load 'Load' load(load)\n  load.load = 1")
  }

  /// An empty word after `cap`, a blank after the list, an error without a dot, a blank line before the dot.
  @Test func theNodeInCIsUnderstood() throws {
    let transcript = Transcript(
      """
      < # munin node at web01
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap\u{20}
      < gone load\u{20}
      > config gone
      > config load
      < # unknown plugin: gone
      < graph_title Load
      < load.label load
      <
      < .
      > fetch load
      < load.value 1
      <
      < .
      > quit\u{20}
      """)
    try transcript.expect(
      Self.named,
      "gone: no config (unknown service)\nload\n  load 'Load' load(load)\n  load.load = 1")
  }

  @Test func aMultigraphIsSeveralGraphs() throws {
    let transcript = Transcript(
      """
      < # munin node at web01
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap multigraph dirtyconfig
      < disk
      > config disk
      < multigraph disk
      < graph_title Disks
      < sda.label sda
      < multigraph disk.sda
      < graph_title Disk sda
      < used.label used
      < .
      > fetch disk
      < multigraph disk
      < sda.value 5
      < multigraph disk.sda
      < used.value 1700000000:6
      < used.value 1700000300:7
      < .
      > quit\u{20}
      """)
    try transcript.expect(
      Self.named,
      """
      disk
        disk 'Disks' sda(sda)
        disk.sda 'Disk sda' used(used)
        disk.sda = 5
        disk.sda.used = 1700000000:6
        disk.sda.used = 1700000300:7
      """)
  }

  @Test func valuesInsideAConfigNeedNoFetch() throws {
    let transcript = Transcript(
      """
      < # munin node at web01
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap multigraph dirtyconfig
      < load
      > config load
      < graph_title Load
      < load.label load
      < load.value 3
      < .
      > quit\u{20}
      """)
    try transcript.expect(Self.named, "load\n  load 'Load' load(load)\n  load.load = 3")
  }

  @Test func whyAServiceHasNothingIsTold() throws {
    let transcript = Transcript(
      """
      < # munin node at web01
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap multigraph dirtyconfig
      < a b c d e
      > config a
      > config b
      > config c
      > config d
      > config e
      < # Timed out
      < .
      < # Bad exit
      < .
      < .
      < # Unknown service
      < .
      < graph_title E
      < e.label e
      < .
      > fetch e
      < # Timed out
      < .
      > quit\u{20}
      """)
    try transcript.expect(
      Self.named,
      """
      a: no config (plugin timed out)
      b: no config (plugin failed)
      c: no config (empty)
      d: no config (unknown service)
      e: no values (plugin timed out)
        e 'E' e(e)
      """)
  }

  /// A plugin that is asked once a day is asked again in five minutes after it failed.
  @Test func aFetchThatFailedIsNoFetch() throws {
    var dialogue = Self.named
    try dialogue.hear(
      "# munin node at a\ncap\nb c\ngraph_title B\nb.label b\n.\ngraph_title C\nc.label c\n.\n"
        + "# Bad exit\n.\n.\n")
    #expect(dialogue.isDone)
    #expect(dialogue.services.map(\.readTime) == [nil, 1000])
  }

  @Test func wrongAndRepeatedServiceNamesAreNotAskedFor() throws {
    let transcript = Transcript(
      """
      < # munin node at web01
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap multigraph dirtyconfig
      < load ../../etc/passwd load .hidden if_eth0\tx;y a@b.c:d-e_f
      > config load
      > config if_eth0
      > config a@b.c:d-e_f
      < .
      < .
      < .
      > quit\u{20}
      """)
    try transcript.expect(
      Self.named,
      """
      load: no config (empty)
      if_eth0: no config (empty)
      a@b.c:d-e_f: no config (empty)
      ! invalid service name '../../etc/passwd'
      ! invalid service name '.hidden'
      ! invalid service name 'x;y'
      """)
  }

  @Test func labelsThatAreNotUTF8AreLatin() throws {
    let text = """
      < # munin node at web01
      > cap multigraph dirtyconfig
      > list web01.example.com
      < cap multigraph dirtyconfig
      < temp
      > config temp
      < graph_title Température
      < t.label °C
      < .
      > fetch temp
      < t.value 21.5
      < .
      > quit\u{20}
      """
    let understood = "temp\n  temp 'Température' t(°C)\n  temp.t = 21.5"
    try Transcript(text).expect(Self.named, understood)
    try Transcript(text, isLatin: true).expect(
      Self.named,
      understood + "\n! config temp: line 1: text is not UTF-8, taken as ISO 8859-1"
        + "\n! config temp: line 2: text is not UTF-8, taken as ISO 8859-1")
  }

  @Test func carriageReturnsAreNoPartOfLines() throws {
    var dialogue = Self.named
    try dialogue.hear(
      "# munin node at a\r\ncap\r\nload\r\ngraph_title L\r\nload.label l\r\n.\r\nload.value 1\r\n.\r\n"
    )
    #expect(dialogue.understood == "load\n  load 'L' load(l)\n  load.load = 1")
  }

  /// The same config need not be understood again, and what is odd in it stays odd.
  @Test func aKnownConfigIsKept() throws {
    let text = "# munin node at a\ncap\nload\ngraph_title L\n9x.label l\n.\n_x.value 1\n.\n"
    var first = Self.named
    try first.hear(text)
    let config = try #require(first.services[0].config)
    var second = MasterDialogue(subject: .nodeName, known: ["load": config])
    try second.hear(text)
    #expect(second.services[0].config === config)
    #expect(!first.faults.isEmpty && first.understood == second.understood)
    var third = MasterDialogue(subject: .nodeName, known: ["load": config])
    try third.hear(text.replacing("title L", with: "title M"))
    #expect(third.services[0].config !== config)
  }

  @Test func whatIsFreshIsNotFetched() throws {
    let text = "# munin node at a\ncap\nload\ngraph_title L\nupdate_rate 600\nx.label l\n.\n"
    var first = Self.named
    try first.hear(text + "x.value 1\n.\n")
    let config = try #require(first.services[0].config)
    #expect(config.updateRate?.seconds == 600)
    var second = MasterDialogue(subject: .nodeName, known: ["load": config], fresh: ["load"])
    try second.hear(text)
    #expect(second.isDone && second.services[0].readTime == nil)
  }

  // MARK: Bounds

  /// Never more requests under way than the window has room for, whatever the number of services.
  @Test(arguments: [1, 2, 32]) func theWindowIsNeverExceeded(window: Int) throws {
    let names = (0..<100).map { "s\($0)" }
    var dialogue = MasterDialogue(subject: .nodeName, window: window)
    try dialogue.hear("# munin node at a\n")
    try dialogue.hear("cap\n\(names.joined(separator: " "))\n")
    var waiting: [Substring] = []
    var answered = 0
    var most = 0
    while true {
      let said = String(decoding: dialogue.takeRequests(), as: UTF8.self)
      waiting += said.split(separator: "\n").filter { $0.hasPrefix("c") || $0.hasPrefix("f") }
        .filter { !$0.hasPrefix("cap") }
      most = max(most, waiting.count)
      if waiting.isEmpty { break }
      let request = waiting.removeFirst()
      answered += 1
      try dialogue.hear(
        request.hasPrefix("config") ? "graph_title T\nx.label x\n.\n" : "x.value 1\n.\n")
    }
    #expect(dialogue.isDone && answered == 200 && most == window)
  }

  /// What is unanswered fits into any socket buffer, so sending never waits for a node that does not read.
  @Test func unansweredRequestsAreAFewKilobytes() throws {
    let names = (0..<200).map { "s\($0)" + String(repeating: "x", count: $0 % 5 == 0 ? 120 : 70) }
    var dialogue = MasterDialogue(subject: .nodeName)
    try dialogue.hear("# munin node at a\n")
    try dialogue.hear("cap\n\(names.joined(separator: " "))\n")
    var waiting: [Substring] = []
    var most = 0
    while !dialogue.isDone {
      let said = String(decoding: dialogue.takeRequests(), as: UTF8.self)
      waiting += said.split(separator: "\n").filter { $0.contains(" s") }
      most = max(most, waiting.reduce(0) { $0 + $1.utf8.count + 1 })
      let request = waiting.removeFirst()
      try dialogue.hear(
        request.hasPrefix("config") ? "graph_title T\nx.label x\n.\n" : "x.value 1\n.\n")
    }
    #expect(most > 2048 && most <= 4096)
    #expect(dialogue.services.allSatisfy { $0.readTime != nil })
  }

  /// Connecting and the banner are two, then these. In a poll that asks for no config there is one less.
  @Test(arguments: [(false, 1, 5), (true, 1, 5), (true, 1000, 4)])
  func fortyServicesNeedFiveRoundTrips(isKnown: Bool, interval: Int, most: Int) throws {
    let names = (0..<40).map { "service_\($0)" }
    let text = Array("graph_title T\n\(String(repeating: "x.info y\n", count: 50))x.label x\n".utf8)
    let known = names.map {
      ($0, ServiceConfig(text.span, ConfigAnswer(text.span, service: $0), service: $0))
    }
    var configs = ConfigSchedule()
    var last = Poll(nodeName: "a", services: [], faults: [], duration: 0)
    last.list = ServiceNames(names.joined(separator: " "))
    configs.apply(last)
    configs.interval = interval
    var dialogue = MasterDialogue(
      subject: .nodeName, known: isKnown ? Dictionary(uniqueKeysWithValues: known) : [:],
      configs: configs)
    try dialogue.hear("# munin node at a\n")
    var trips = 2
    while true {
      let requests = String(decoding: dialogue.takeRequests(), as: UTF8.self)
        .split(separator: "\n")
      if requests.isEmpty || requests == ["quit "] { break }
      trips += 1
      // All that was sent is answered before anything of it arrives.
      let answers = requests.map {
        switch $0.prefix(3) {
        case "cap": "cap multigraph\n"
        case "lis": names.joined(separator: " ") + "\n"
        case "con": String(decoding: text, as: UTF8.self) + ".\n"
        default: "x.value 1\n.\n"
        }
      }
      for answer in answers { try dialogue.hear(answer) }
    }
    // Of a thousand polls, one asks for the config of a given service.
    #expect(dialogue.isDone && trips == most)
    #expect(dialogue.services.count == 40 && dialogue.services.allSatisfy { $0.readTime != nil })
  }

  /// After a break, what was answered is not asked for again, nor is the list; a config that is here needs its fetch only.
  @Test func aResumedDialogueAsksForTheRest() throws {
    var first = MasterDialogue(subject: .nodeName)
    try first.hear("# munin node at a\ncap\na b c d\n")
    for name in ["a", "b"] { try first.hear("graph_title \(name)\nx.label x\n.\n") }
    #expect(first.open == [0, 1, 2, 3] && first.due?.service == 2 && first.due?.isAlone == false)
    var second = first.resumed(window: 64, without: [2], askedLast: [])
    var said = ""
    func hear(_ text: String) throws {
      try second.hear(text)
      said += String(decoding: second.takeRequests(), as: UTF8.self)
    }
    try hear("# munin node at a\n")
    try hear("cap\n")
    #expect(said == "cap multigraph dirtyconfig\nfetch a\nfetch b\nconfig d\n")
    try hear("x.value 1\n.\nx.value 2\n.\n.\n")
    #expect(second.isDone && second.open == [2])
    #expect(second.services.map { $0.values.count } == [1, 1, 0, 0])
    var third = second.resumed(window: 1, without: [], askedLast: [2])
    said = ""
    try third.hear("# munin node at a\ncap\n")
    said = String(decoding: third.takeRequests(), as: UTF8.self)
    #expect(said == "cap multigraph dirtyconfig\nconfig c\n" && third.due?.isAlone == true)
  }

  private func failure(_ text: [String], _ dialogue: MasterDialogue = named) -> String? {
    var dialogue = dialogue
    do throws(MasterDialogue.Failure) {
      for piece in text { try dialogue.hear(piece) }
      return nil
    } catch {
      return error.description
    }
  }

  @Test func overLongLinesEndTheConversation() throws {
    let long = Array(repeating: String(repeating: "x", count: 4096), count: 17)
    let start = "# munin node at a\ncap\nload\n"
    #expect(
      failure(long) == "a line of more than 64 KiB instead of the banner")
    #expect(
      failure(["# munin node at a\n"] + long)
        == "a line of more than 64 KiB instead of the list of services")
    #expect(failure([start] + long) == "a line of more than 64 KiB in config load")
    // Also one that comes with its end.
    #expect(
      failure([start + long.joined() + "\n.\n"]) == "a line of more than 64 KiB in config load")
    #expect(
      failure([start + "graph_title T\nx.label x\n.\n"] + long)
        == "a line of more than 64 KiB in fetch load")
  }

  @Test func endlessRepliesEndTheConversation() throws {
    let lines = String(repeating: "x.label \(String(repeating: "y", count: 990))\n", count: 64)
    let pieces = Array(repeating: lines, count: 140)
    #expect(
      failure(["# munin node at a\ncap\nload\n"] + pieces) == "more than 8 MiB in config load")
    // A message of the day without end.
    let message = String(repeating: String(repeating: "m", count: 16_383) + "\n", count: 64)
    #expect(failure(Array(repeating: message, count: 65)) == "more than 64 MiB in one poll")
  }

  @Test func tooManyServicesEndTheConversation() throws {
    let names = (0...10_000).map { "s\($0)" }.joined(separator: " ")
    #expect(failure(["# munin node at a\ncap\n\(names)\n"]) == "more than 10000 services")
  }

  @Test func aRefusedListEndsTheConversation() throws {
    #expect(
      failure(["# munin node at a\ncap\n# Too many connections\n"])
        == "expected a list of services, found '# Too many connections'")
    #expect(
      failure(["# munin node at a\ncap\n# I require TLS. Closing.\n"])
        == "the node says 'I require TLS. Closing.': set tls enabled for this node in munin.conf")
  }

  /// A node answers for one service after the other: each has the time since the answer before, its config and its values together.
  @Test func eachServiceHasTheTimeThatItsAnswersTook() throws {
    var dialogue = MasterDialogue(subject: .nodeName)
    func hear(_ text: String, at milliseconds: Int64) throws {
      try dialogue.receive(
        Array(text.utf8).span, now: 1000, at: 5_000_000_000 + milliseconds * 1_000_000)
    }
    try hear("# munin node at a\n", at: 0)
    try hear("cap multigraph\nquick slow\n", at: 100)
    try hear("graph_title Q\nx.label x\n.\n", at: 110)
    try hear("graph_title S\n", at: 300)
    try hear("x.label x\n.\nx.value 1\n.\n", at: 610)
    try hear("x.value 2\n.\n", at: 2610)
    #expect(dialogue.isDone)
    let times = dialogue.services.map { Int(($0.duration * 1000).rounded()) }
    #expect(times == [10, 2500])
  }

  // MARK: STARTTLS

  private static let greeting = "# munin node at a\n"

  /// - Returns: what is sent at first, what a first answer leads to, and what is sent then.
  private func secured(
    _ security: MasterDialogue.Security, _ answer: String, piece: Int = 4096
  ) throws -> (first: String, handshake: MasterDialogue.Handshake?, then: String) {
    var dialogue = MasterDialogue(subject: .nodeName, security: security)
    try dialogue.hear(Self.greeting)
    let first = String(decoding: dialogue.takeRequests(), as: UTF8.self)
    let bytes = Array(answer.utf8)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try dialogue.receive(Array(bytes[start..<min(start + piece, bytes.count)]).span, now: 0)
      if let handshake = dialogue.takeHandshake() {
        #expect(dialogue.takeHandshake() == nil && dialogue.takeRequests() == [])
        dialogue.begin()
        return (first, handshake, String(decoding: dialogue.takeRequests(), as: UTF8.self))
      }
    }
    return (first, nil, String(decoding: dialogue.takeRequests(), as: UTF8.self))
  }

  @Test(arguments: [MasterDialogue.Security.wished, .required(by: "tls enabled")], [1, 4096])
  func tlsComesBeforeAllElse(security: MasterDialogue.Security, piece: Int) throws {
    let capabilities = "cap multigraph dirtyconfig\nlist a\n"
    let agreed = try secured(security, "TLS OK\n", piece: piece)
    #expect(agreed.first == "STARTTLS\n" && agreed.then == capabilities)
    #expect(agreed.handshake == .init(asServer: false, early: []))
    let swapped = try secured(security, "TLS MAYBE\r\n", piece: piece)
    #expect(swapped.handshake == .init(asServer: true, early: []) && swapped.then == capabilities)
  }

  /// A node without a key says hello right behind its answer.
  @Test func earlyHellosAreKept() throws {
    let swapped = try secured(.wished, "TLS MAYBE\n\u{16}\u{3}\u{1}\nhello")
    #expect(
      swapped.handshake == .init(asServer: true, early: [0x16, 3, 1, 10] + Array("hello".utf8)))
  }

  @Test func aNodeWithoutTLSIsTakenWhereTLSIsOnlyWished() throws {
    let unknown = "# Unknown command. Try cap, list, nodes, config, fetch, version or quit\n"
    let plain = try secured(.wished, unknown)
    #expect(plain.handshake == nil && plain.then == "cap multigraph dirtyconfig\nlist a\n")
    #expect(
      throws: MasterDialogue.Failure(
        description:
          "tls paranoid: expected TLS OK or TLS MAYBE, found '# Unknown command. Try cap, list, "
          + "nodes, config, fetch, version or quit': the node offers no TLS")
    ) { try secured(.required(by: "tls paranoid"), unknown) }
  }

  /// What came before the handshake may be anybody's.
  @Test func wordsBehindTheAgreementEndIt() throws {
    #expect(
      throws: MasterDialogue.Failure(
        description: "expected nothing between TLS OK and TLS, found 4 bytes")
    ) { try secured(.wished, "TLS OK\ncap\n") }
  }

  @Test func aCloseAfterStartTLSIsNamed() throws {
    var dialogue = MasterDialogue(subject: .nodeName, security: .wished)
    try dialogue.hear(Self.greeting)
    #expect(dialogue.subjectOfWork == "the answer to STARTTLS" && !dialogue.isAsking)
    #expect(
      throws: MasterDialogue.Failure(
        description: "the node closed the connection instead of answering STARTTLS")
    ) { try dialogue.end() }
  }

  @Test(arguments: ["HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.2"])
  func anotherProgramOnThePortIsTold(line: String) {
    var dialogue = MasterDialogue(subject: .nodeName)
    let error = #expect(throws: MasterDialogue.Failure.self) {
      try dialogue.receive(Array("\(line)\r\n".utf8).span, now: 1000)
    }
    #expect(
      error?.description == "expected the banner of a munin node, found '\(line)': "
        + "another program answers on this port")
  }

  /// Wherever the node closes the connection, it is told what was being waited for.
  @Test(arguments: [1, 32]) func aCloseAtAnyByteIsNamed(window: Int) throws {
    let text = Array(
      ("motd\n# munin node at a\ncap multigraph dirtyconfig\nload users\n"
        + "graph_title L\nload.label l\n.\n"
        + (window == 1 ? "load.value 1\n.\n" : "")
        + "graph_title U\nu.label u\n.\n"
        + (window == 1 ? "" : "load.value 1\n.\n") + "u.value 2\n.\n").utf8)
    var reasons: [String] = []
    for count in 0..<text.count {
      var dialogue = MasterDialogue(subject: .nodeName, window: window)
      try dialogue.receive(Array(text[..<count]).span, now: 1000)
      do throws(MasterDialogue.Failure) {
        try dialogue.end()
        Issue.record("closed after \(count) bytes and not noticed")
      } catch {
        if reasons.last != error.description { reasons.append(error.description) }
      }
    }
    let prefix = "the node closed the connection "
    let middle = ["config load", "fetch load", "config users", "fetch users"]
    let order = window == 1 ? [0, 1, 2, 3] : [0, 2, 1, 3]
    #expect(
      reasons == [
        prefix + "before its banner (does it allow this address?)",
        prefix + "before its banner (does it allow this address?); it said 'motd'",
        prefix + "before its list of services",
      ] + order.map { prefix + "in the middle of " + middle[$0] })
    var whole = MasterDialogue(subject: .nodeName, window: window)
    try whole.receive(text.span, now: 1000)
    try whole.end()
    #expect(whole.isDone)
  }

  /// Any bytes in any pieces lead to an answer or a failure, never to a trap.
  @Test func randomBytesNeverTrap() {
    var random = Noise(4949)
    let words = [
      "# munin node at a\n", "cap multigraph\n", "load cpu disk\n", "\n", ".", ".\n", "\n.\n",
      "multigraph disk.sda\n", "graph_title T\n", "update_rate 1d\n", "x.label ", "x.value ", "1:2",
      "U\n", "# Timed out\n", "# unknown plugin: x\n", "\r\n", " ", "x.warning 5:\n",
    ]
    var done = 0
    for round in 0..<4000 {
      var dialogue = MasterDialogue(
        subject: .nodeName, window: round % 4 + 1, fresh: round % 5 == 0 ? ["load", "cpu"] : [])
      do throws(MasterDialogue.Failure) {
        if round % 2 == 0 { try dialogue.hear("# munin node at a\ncap\nload cpu disk\n") }
        for _ in 0..<Int.random(in: 1...12, using: &random) {
          try dialogue.receive(
            random.text(
              of: words, count: Int.random(in: 1...20, using: &random), oneIn: 8
            ).span, now: 1000)
          _ = dialogue.takeRequests()
        }
        try dialogue.end()
        done += 1
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
    #expect(done > 100)
  }
}
