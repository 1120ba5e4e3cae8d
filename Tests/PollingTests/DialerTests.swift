import EventLoop
import Glibc
import Inventory
import MuninWire
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Polling

/// The same faults on every transport: the error names what failed, on what, and what was expected; nothing is left behind.
@Suite(.timeLimit(.minutes(1)), .serialized) struct DialerTests {
  private static let banner = PeerStep.say("# munin node at node\n")
  private static let greeting: [PeerStep] = [
    banner, .hear, .hear, .say("cap multigraph\nload\n"),
  ]
  private static let whole: [PeerStep] =
    greeting + [
      .hear, .say("graph_title Load\nload.label load\n.\n"), .hear, .say("load.value 0.37\n.\n"),
      .hear, .exit(0),
    ]

  private static let limit = "(limit for the whole node: timeout_fetch_one_node 60)"

  @LoopActor
  private static func poll(
    _ peer: ScriptedPeer, _ clock: LoopClock
  ) async -> Result<Poll, PollFailure> {
    let order = PollOrder(
      host: peer.host, limits: PollLimits(connectTimeout: 20, nodeTimeout: 60))
    do throws(PollFailure) {
      return .success(
        try await Poller(
          order, clock: clock, tls: PollTLS { _ in }, dialer: Dialer(clock: clock) { _ in }
        ).poll())
    } catch {
      return .failure(error)
    }
  }

  /// Polls a node that fails.
  /// - Returns: the failure's text behind the node's name.
  @LoopActor
  private static func fault(_ road: Road, _ steps: [PeerStep]?) async throws -> String {
    let descriptors = openDescriptors()
    let peer = try ScriptedPeer(road, steps)
    let clock = LoopClock(standingAt: 1_700_000_000)
    let poll = EventLoop.start { await Self.poll(peer, clock) }
    if let steps, steps.contains(where: { if case .hang = $0 { true } else { false } }) {
      try await until("the hang") { peer.hangs && clock.waiting >= 1 }
      clock.advance(by: .seconds(60))
    }
    let result = await poll.value
    peer.close()
    let fault: String
    switch result {
    case .failure(let failure): fault = failure.description
    case .success(let poll): fault = poll.trouble ?? "polled"
    }
    try await until("no process left") { peer.leftover == nil }
    try await until("no descriptor left") { openDescriptors() <= descriptors }
    let text = fault.replacing(peer.folder.path, with: "FOLDER")
    let name = peer.name.replacing(peer.folder.path, with: "FOLDER")
    return text.hasPrefix("\(name): ") ? String(text.dropFirst(name.count + 2)) : text
  }

  @Test(arguments: Road.allCases) func aNodeIsPolled(road: Road) async throws {
    try await onTestLoop {
      let peer = try ScriptedPeer(road, Self.whole)
      defer { peer.close() }
      let poll = try await Self.poll(peer, .real).get()
      #expect(poll.services.map { $0.values[0].values[0].reading.text } == ["0.37"])
      try await until("no process left") { peer.leftover == nil }
      if road == .ssh { #expect(peer.folder.read("reached") == "me@web01 22\n") }
    }
  }

  @Test func aNodeThatIsNotThereIsNamed() async throws {
    try await onTestLoop {
      let found = try await Self.fault(.tcp, nil)
      #expect(found.contains(/^connect 127\.0\.0\.1:\d+: Connection refused$/))
      let found2 = try await Self.fault(.unix, nil)
      #expect(found2 == "connect FOLDER/socket: No such file or directory")
      let command = try await Self.fault(.command, nil)
      #expect(
        command.hasPrefix(
          "the node closed the connection before its banner; the command: exit status 127, stderr: '"
        ),
        "\(command)")
      #expect(command.contains("FOLDER/node: not found"), "\(command)")
      let ssh = try await Self.fault(.ssh, nil)
      #expect(ssh.contains("exit status 127, stderr: '"), "\(ssh)")
    }
  }

  @Test(arguments: Road.allCases) func aSilentNodeIsLeftInTime(road: Road) async throws {
    try await onTestLoop {
      let found = try await Self.fault(road, [.hang])
      #expect(found == "no answer within 1 min while waiting for the banner \(Self.limit)")
    }
  }

  @Test(arguments: Road.allCases) func aHangIsLeftInTime(road: Road) async throws {
    try await onTestLoop {
      let found = try await Self.fault(road, [Self.banner, .hear, .hear, .complain("slow"), .hang])
      #expect(
        found
          == "no answer within 1 min while waiting for the list of services \(Self.limit)"
          + (road.isCommand ? "; the command: stderr: 'slow'" : ""))
    }
  }

  @Test(arguments: Road.allCases) func anEndInTheMiddleOfAReplyIsNamed(road: Road) async throws {
    try await onTestLoop {
      let found = try await Self.fault(
        road, Self.greeting + [.hear, .say("graph_title Lo"), .exit(0)])
      #expect(
        found
          == "the node closed the connection in the middle of config load")
    }
  }

  @Test(arguments: Road.allCases) func anotherProgramIsNamed(road: Road) async throws {
    try await onTestLoop {
      let found = try await Self.fault(road, [.say("HTTP/1.1 400 Bad Request\r\n"), .exit(0)])
      #expect(
        found
          .hasPrefix("expected the banner of a munin node, found 'HTTP/1.1 400 Bad Request'"))
    }
  }

  @Test(arguments: Road.allCases) func garbageIsNoBanner(road: Road) async throws {
    try await onTestLoop {
      let noise = (0..<2000).map { _ in "0123456789abcdef" }.joined()
      let found = try await Self.fault(road, [.say(noise), .say(noise), .say(noise), .exit(0)])
      #expect(
        found
          .hasPrefix("a line of more than 64 KiB instead of the banner"))
    }
  }

  @Test(arguments: [Road.command, .ssh]) func whatACommandWritesToStderrIsTold(road: Road)
    async throws
  {
    try await onTestLoop {
      let found = try await Self.fault(
        road,
        [.complain("Warning: added"), .complain("Permission denied (publickey)."), .exit(255)])
      #expect(
        found
          == "the node closed the connection before its banner; the command: exit status 255, "
          + "stderr: 'Warning: added / Permission denied (publickey).'")
      let found2 = try await Self.fault(road, [.complain("nothing to say"), .exit(0)])
      #expect(
        found2
          == "the node closed the connection before its banner; the command: stderr: 'nothing to say'"
      )
    }
  }

  @Test(arguments: [Road.command, .ssh]) func theStatusOfACommandIsTold(road: Road) async throws {
    try await onTestLoop {
      let found = try await Self.fault(road, Self.greeting + [.hear, .exit(3)])
      #expect(
        found
          == "the node closed the connection in the middle of config load; the command: exit status 3"
      )
    }
  }

  /// A command that has to be killed costs its poll two seconds more, and is not left behind.
  @Test func aCommandThatIgnoresItsEndIsKilled() async throws {
    try await onTestLoop {
      let peer = try ScriptedPeer(.command, [])
      try peer.folder.script(
        "node", "trap '' TERM HUP\necho $$ > \(peer.folder.path)/pid\nwhile :; do sleep 0.02; done")
      let clock = LoopClock(standingAt: 0)
      let poll = EventLoop.start { await Self.poll(peer, clock) }
      try await until("the start") { peer.folder.read("pid")?.hasSuffix("\n") == true }
      clock.advance(by: .seconds(60))
      try await until("the order to end") { clock.waiting >= 1 }
      try await turn(20)
      #expect(peer.leftover != nil)
      clock.advance(by: .seconds(2))
      guard case .failure(let failure) = await poll.value else { return }
      #expect(failure.description.hasSuffix("while waiting for the banner \(Self.limit)"))
      try await until("no process left") { peer.leftover == nil }
    }
  }

  @Test(arguments: [Road.command, .ssh]) func theProgramsEndKillsTheCommand(road: Road)
    async throws
  {
    try await onTestLoop {
      let peer = try ScriptedPeer(road, [.hang])
      let poll = EventLoop.start { await Self.poll(peer, LoopClock(standingAt: 0)) }
      try await until("the hang") { peer.hangs }
      poll.cancel()
      await #expect(throws: PollFailure.self) { try await poll.value.get() }
      try await until("no process left") { peer.leftover == nil }
    }
  }

  /// A node with a full queue of callers is asked again until there is room.
  @Test func aUnixSocketWithAFullQueueIsWaitedFor() async throws {
    try await onTestLoop {
      let folder = try TemporaryFolder()
      let path = "\(folder.path)/socket"
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      defer { close(descriptor) }
      var raw = sockaddr_un()
      raw.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      let isMade = withUnsafePointer(to: &raw) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            && listen(descriptor, 0) == 0
        }
      }
      try #require(isMade)
      let filler = try await Connection.connect(
        to: SocketAddress(path: path), within: .seconds(1))
      defer { filler.close() }
      let clock = LoopClock(standingAt: 0)
      var host = HostSettings(groups: ["g"], name: "node")
      host.endpoint = .unix(path: path)
      let asked = host
      let dialing = EventLoop.start { () async -> String in
        do throws(PollFailure) {
          let transport = try await Dialer(clock: clock) { _ in }.dial(asked, within: .seconds(20))
          defer { transport.close() }
          return transport.peerName
        } catch {
          return "\(error)"
        }
      }
      try await until("the pause") { clock.waiting == 1 }
      close(accept(descriptor, nil, nil))
      clock.advance(by: .milliseconds(100))
      #expect(await dialing.value == path)
    }
  }

  @Test func theCommandLineIsMunins() {
    var host = HostSettings(groups: ["g"], name: "node")
    let cases: [(String, String)] = [
      (
        "ssh://web01/usr/bin/apus-node stdio",
        "ssh -o ChallengeResponseAuthentication=no -o StrictHostKeyChecking=no -p 22 web01 "
          + "/usr/bin/apus-node stdio"
      ),
      (
        "ssh://me@[::1]:2222/x",
        "ssh -o ChallengeResponseAuthentication=no -o StrictHostKeyChecking=no -p 2222 me@::1 /x"
      ),
      (
        "ssh://web01",
        "ssh -o ChallengeResponseAuthentication=no -o StrictHostKeyChecking=no -p 22 web01"
      ),
    ]
    for (address, line) in cases {
      guard case .ssh(let ssh) = NodeAddress(address) else {
        Issue.record("\(address)")
        continue
      }
      #expect(Dialer.command(ssh, of: host) == line)
    }
    host.sshCommand = "/opt/ssh"
    host.sshOptions = "-F '/etc/my config'"
    guard case .ssh(let ssh) = NodeAddress("ssh://h:1/x") else { return }
    #expect(Dialer.command(ssh, of: host) == "/opt/ssh -F '/etc/my config' -p 1 h /x")
  }

  @Test(arguments: [
    ("/x a 'b c' \"$HOME\"", "exec /x a 'b c' \"$HOME\""),
    ("/x | tee /tmp/log", "/x | tee /tmp/log"),
    ("A=b /x", "A=b /x"), ("/x a=b", "exec /x a=b"), ("/x; /y", "/x; /y"), ("(/x)", "(/x)"),
  ])
  func aSimpleCommandReplacesTheShell(command: String, line: String) {
    #expect(Dialer.line(command) == line)
  }

  /// Quotes and pipes work as in munin.
  @Test(arguments: ["cat FILE | tee /dev/null", "A=b sh -c 'cat FILE'", "cat \"FILE\""])
  func aShellReadsTheCommand(command: String) async throws {
    try await onTestLoop {
      let folder = try TemporaryFolder()
      let file = try folder.write("answers", "# munin node at node\ncap\n\n")
      var host = HostSettings(groups: ["g"], name: "node")
      host.endpoint = .command(command.replacing("FILE", with: file))
      let order = PollOrder(host: host)
      // A node without services.
      let poll = try await Poller(
        order, clock: .real, tls: PollTLS { _ in }, dialer: Dialer(clock: .real) { _ in }
      ).poll()
      #expect(poll.nodeName == "node" && poll.services.isEmpty)
    }
  }

  @Test(
    arguments: [
      ("", nil), ("\n \r\n", nil), ("one\n", "one"), ("one\ntwo\r\nthree\n", "two / three"),
      ("a\u{1B}[31mred\n", "a [31mred"),
      (String(repeating: "x", count: 5000), String(repeating: "x", count: 200)),
    ] as [(String, String?)])
  func lastWordsAreShortAndPlain(errors: String, words: String?) {
    #expect(Dialer.lastWords(Array(errors.utf8)) == words)
  }
}

@LoopActor
private func openDescriptors() -> Int {
  (0..<1024).count { fcntl($0, F_GETFD) >= 0 }
}
