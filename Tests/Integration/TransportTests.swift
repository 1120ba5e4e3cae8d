import Foundation
import Testing

extension Programs {
  /// Nodes that are reached by something else than a TCP address: commands, ssh, unix sockets, names.
  @Suite struct TransportTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Writes a shell script that can be run.
    private func script(_ name: String, _ body: String) throws -> String {
      try scratch.program("#!/bin/sh\n\(body)\n", to: name)
    }

    /// A program that speaks the protocol, and writes down the words it was started with.
    private func node(_ folder: String) throws -> String {
      try script(
        "\(folder)/node",
        """
        # One write for each line: nodes start at the same moment.
        printf '%s\\n' "$(printf '%s|' node "$@" "$MARK")" >>\(scratch.path)/\(folder)/node.log
        echo '# munin node at web01'
        while read -r word rest; do
          case $word in
            cap) echo 'cap multigraph' ;;
            list) echo load ;;
            config) printf 'graph_title Load\\nload.label load\\n.\\n' ;;
            fetch) printf 'load.value 0.37\\n.\\n' ;;
            quit) exit ;;
          esac
        done
        """)
    }

    /// Stands in for ssh: writes down its words, skips options, and lets a shell run the rest as the other side's does.
    private func ssh(_ folder: String, runs forced: String) throws -> String {
      try script(
        "\(folder)/ssh",
        """
        printf '%s\\n' "$(printf '%s|' ssh "$@")" >>\(scratch.path)/\(folder)/ssh.log
        while [ $# -gt 0 ]; do
          case $1 in
            -p | -o) shift 2 ;;
            -*) shift ;;
            *) break ;;
          esac
        done
        shift
        exec sh -c "${*:-\(forced)}"
        """)
    }

    private func log(_ folder: String, _ name: String) -> [String] {
      scratch.read("\(folder)/\(name).log").replacing("/\(folder)/", with: "/FOLDER/")
        .split(separator: "\n").map(String.init).sorted()
    }

    /// The same lines of munin.conf start the same commands with the same words.
    @Test func commandsAndSSHAreStartedAsByMuninUpdate() async throws {
      func settings(_ folder: String) throws -> String {
        let node = try node(folder)
        return """
          ssh_command \(try ssh(folder, runs: node))
          ssh_options -q -o 'Two Words'
          [example.com;plain]
          address ssh://web01.example.com\(node) one  two
          [example.com;quoted]
          address ssh://me@web02.example.com:2222\(node) 'a b' "\\$MARK" 'x\\|y'
          [example.com;forced]
          address ssh://gate.example.com/
          [example.com;forced-with-user]
          address ssh://me@gate.example.com
          [example.com;command]
          address cmd://\(node)
          [example.com;words]
          address cmd://\(node) one 'two words' "$((1 + 1))"
          [example.com;pipe]
          address cmd://\(node) a | cat

          """
      }
      let collector = try ApusCollector(
        in: scratch, nodes: [:], settings: try settings("apus"))
      #expect(try await collector.poll() == "")
      let munin = try await MuninMaster(
        in: scratch, name: "munin", nodes: [:], settings: try settings("munin"))
      try await munin.run("update")
      #expect(log("apus", "ssh").count == 4)
      #expect(log("apus", "node").count == 7)
      #expect(log("apus", "ssh") == log("munin", "ssh"))
      #expect(log("apus", "node") == log("munin", "node"))
      #expect(collector.files.count == 7)
      #expect(collector.files == munin.files)
      for file in collector.files { #expect(try await collector.rrd(file).last().text == "0.37") }
    }

    @Test func apusNodeAnswersOnEveryTransport() async throws {
      let (running, port) = try await startNode(
        in: scratch, directives: "host \(scratch.path)/node.sock")
      defer { running.kill() }
      let stdio =
        "\(Project.program("apus-node")) stdio \(try scratch.noSettings.joined(separator: " "))"
      let collector = try ApusCollector(
        in: scratch, nodes: [:],
        settings: """
          ssh_command \(try ssh("apus", runs: "false"))
          use_default_node yes
          [example.com;name]
          address localhost
          port \(port)
          [example.com;unix]
          address unix://\(scratch.path)/node.sock
          [example.com;command]
          address cmd://\(stdio)
          [example.com;ssh]
          address ssh://me@web01\(stdio)

          """)
      // It may tell of servers of this machine.
      let told = try await collector.poll()
      for node in ["name", "unix", "command", "ssh"] {
        let file = "example.com/\(node)-load-load-g.rrd"
        #expect(collector.files.contains(file), "\(file): \(told)")
      }
    }

    /// Each failure says what failed, on what, and why; the others are polled; nothing is left running.
    @Test func faultsAreToldAndLeaveNothing() async throws {
      let good = try node("apus")
      let denied = try script(
        "apus/denied", "echo 'me@web01: Permission denied (publickey).' >&2; exit 255")
      let hanging = try script(
        "apus/hanging",
        "echo $$ >\(scratch.path)/apus/pid; trap '' TERM HUP; sleep 1000 & wait; wait")
      let collector = try ApusCollector(
        in: scratch, nodes: [:],
        settings: """
          timeout_fetch_one_node 2
          [example.com;denied]
          address ssh://me@web01/bin/node
          ssh_command \(denied)
          [example.com;absent]
          address cmd:///nonexistent/node stdio
          [example.com;hanging]
          address cmd://\(hanging)
          [example.com;nobody]
          address unix://\(scratch.path)/nobody
          [example.com;good]
          address cmd://\(good)

          """)
      let began = ContinuousClock.now
      let complaint = try await collector.poll()
      #expect(ContinuousClock.now - began < .seconds(60))
      for words in [
        "example.com;denied: ssh://me@web01/bin/node: the node closed the connection before its banner; "
          + "the command: exit status 255, stderr: 'me@web01: Permission denied (publickey).'",
        "example.com;absent: cmd:///nonexistent/node stdio: the node closed the connection before its "
          + "banner; the command: exit status 127, stderr: '",
        "/nonexistent/node: not found'",
        "example.com;hanging: cmd://\(hanging): no answer within 2 s while waiting for the banner",
        "example.com;nobody: connect \(scratch.path)/nobody: No such file or directory",
      ] {
        #expect(complaint.contains(words), "\(words) in \(complaint)")
      }
      #expect(collector.files == ["example.com/good-load-load-g.rrd"])
      let pid = try #require(Int32(scratch.read("apus/pid").dropLast()))
      try await waiting(until: "the hanging command's end") { kill(pid, 0) != 0 }
    }
  }
}
