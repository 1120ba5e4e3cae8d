import EventLoop
import Glibc
import Inventory
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Polling

/// Commands of `ssh://` nodes that wait for the next poll.
@Suite(.timeLimit(.minutes(1))) struct DialerKeeperTests {
  /// A node behind a program that stands in for ssh. Each start and each request is a line of a log.
  @LoopActor
  private struct World {
    let folder: TemporaryFolder
    let clock = LoopClock(standingAt: 1_700_000_000)
    let dialer: Dialer
    var host = HostSettings(groups: ["g"], name: "node", address: "ssh://web01/node")

    /// - Parameter list: what the shell does at `list`.
    init(list: String = "echo load", keeps: Bool = true) throws {
      folder = try TemporaryFolder()
      dialer = Dialer(clock: clock) { _ in }
      if keeps { dialer.keepConnections() }
      host.sshCommand = try folder.script(
        "ssh",
        """
        log=\(folder.path)/log
        echo start >>$log
        echo $$ >\(folder.path)/pid
        echo '# munin node at node'
        while read -r word rest; do
          echo "$word" >>$log
          case $word in
            cap) echo 'cap multigraph' ;;
            list) \(list) ;;
            config) printf 'graph_title Load\\nload.label load\\n.\\n' ;;
            fetch) printf 'load.value 1\\n.\\n' ;;
            quit) exit ;;
          esac
        done
        echo end >>$log
        """)
    }

    func poll() async -> String {
      let order = PollOrder(host: host)
      do throws(PollFailure) {
        let poll = try await Poller(
          order, clock: clock, tls: PollTLS { _ in }, dialer: dialer
        ).poll()
        return "\(poll.nodeName): \(poll.services.count)"
      } catch {
        return "\(error)"
      }
    }

    /// Of the shell: `list` is not answered once, when the folder has a file `lost`.
    static let hangsWhereLost =
      "lost=${log%log}lost; [ -e $lost ] && rm $lost && exec sleep 1000; echo load"

    /// A poll whose command does not answer.
    func hangingPoll() async throws -> Task<String, Never> {
      try folder.write("lost", "")
      let poll = EventLoop.start { await self.poll() }
      try await until("the hang") { folder.read("lost") == nil }
      return poll
    }

    var log: String {
      (folder.read("log") ?? "").split(separator: "\n").joined(separator: " ")
    }
    var pid: Int32? { folder.read("pid").flatMap { Int32($0.dropLast()) } }

    /// Waits until no command runs.
    func end() async throws {
      clock.advance(by: .seconds(901))
      try await until("the command's end") { pid.map { kill($0, 0) != 0 } ?? true }
    }
  }

  @Test func theNextPollUsesTheSameCommand() async throws {
    try await onTestLoop {
      let world = try World()
      for _ in 0..<3 { #expect(await world.poll() == "node: 1") }
      #expect(
        world.log
          == "start cap list config fetch list config fetch list config fetch")
      // A node that is not polled for long does not hold a process.
      world.clock.advance(by: .seconds(901))
      try await until("its end") { world.log.hasSuffix(" end") }
      #expect(await world.poll() == "node: 1")
      #expect(world.log.hasSuffix("end start cap list config fetch"))
      try await world.end()
    }
  }

  /// From cron nothing is left running.
  @Test func aProcessThatPollsOnceKeepsNothing() async throws {
    try await onTestLoop {
      let world = try World(keeps: false)
      let one = "start cap list config fetch quit"
      for log in [one, "\(one) \(one)"] {
        #expect(await world.poll() == "node: 1")
        // The command reads it when the poll is over already; the next one writes into the same log.
        try await until("the farewell") { world.log == log }
      }
      try await world.end()
    }
  }

  @Test func aCommandThatHasEndedIsStartedAgain() async throws {
    try await onTestLoop {
      let world = try World()
      #expect(await world.poll() == "node: 1")
      let pid = try #require(world.pid)
      kill(pid, SIGKILL)
      // Its exit status is collected at once: it is no zombie until the next poll.
      try await until("its end") { kill(pid, 0) != 0 }
      #expect(await world.poll() == "node: 1")
      #expect(world.log == "start cap list config fetch start cap list config fetch")
      try await world.end()
    }
  }

  /// A connection that the network has lost costs ten seconds, not the poll.
  @Test func aCommandThatDoesNotAnswerIsReplaced() async throws {
    try await onTestLoop {
      let world = try World(list: World.hangsWhereLost)
      #expect(await world.poll() == "node: 1")
      let poll = try await world.hangingPoll()
      world.clock.advance(by: .seconds(10))
      #expect(await poll.value == "node: 1")
      #expect(world.log == "start cap list config fetch list start cap list config fetch")
      try await world.end()
    }
  }

  /// What a command says unasked would be taken for an answer.
  @Test func aCommandThatSaysSomethingIsReplaced() async throws {
    try await onTestLoop {
      let world = try World(list: "echo load; (sleep 0.05; echo '# Timed out'; echo x) &")
      #expect(await world.poll() == "node: 1")
      try await LoopClock.real.sleep(for: .milliseconds(300))
      #expect(await world.poll() == "node: 1")
      #expect(
        world.log.replacing(" end", with: "")
          == "start cap list config fetch start cap list config fetch")
      try await world.end()
    }
  }

  @Test func anotherCommandLineIsAnotherCommand() async throws {
    try await onTestLoop {
      var world = try World()
      #expect(await world.poll() == "node: 1")
      world.host.sshOptions = "-4"
      #expect(await world.poll() == "node: 1")
      #expect(
        world.log.replacing(" end", with: "")
          == "start cap list config fetch start cap list config fetch")
      try await world.end()
    }
  }

  @Test func theProgramsEndDoesNotWaitForACommand() async throws {
    try await onTestLoop {
      let world = try World(list: World.hangsWhereLost)
      #expect(await world.poll() == "node: 1")
      let poll = try await world.hangingPoll()
      poll.cancel()
      #expect(await poll.value != "node: 1")
      try await world.end()
    }
  }
}
