import EventLoop
import Foundation
import Ledger
import Testing

extension Programs {
  /// The collector gives its values to the real rrdcached.
  @Suite struct RRDCachedTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func rrdcached() async throws -> RunningProgram {
      let program = try RunningProgram(
        Project.peer("rrdcached"), [scratch.path, "\(scratch.path)/apus/db"], in: scratch)
      try await waiting(until: "rrdcached") {
        program.isRunning && (try? connectToUnix("\(scratch.path)/socket")).map { close($0) } != nil
      }
      return program
    }

    /// Four values of each field, some of them given before.
    private func services(_ round: Int, from start: Int) -> [ScriptedNode.Service] {
      func values(_ field: String, _ value: (Int) -> String) -> String {
        (round..<round + 4).map { "\(field).value \(start + $0 * 300 + 17):\(value($0))" }
          .joined(separator: "\n")
      }
      return [
        .init(
          "types",
          config: "graph_title T\ng.label g\nd.label d\nd.type DERIVE\nc.label c\nc.type COUNTER\n"
            + (round > 1 ? "c.max \(round * 1000)\nnew.label n\nnew.oldname old" : "old.label o"),
          fetch: [
            values("g") { $0 % 3 == 2 ? "U" : "\(Double($0) * 1.25)" },
            values("d") { "\($0 * 977 % 1500)" },
            values("c") { "\(18_446_744_073_709_551_000 + UInt64($0) * 60)" },
            values(round > 1 ? "new" : "old") { "\($0)" },
          ].joined(separator: "\n"))
      ]
    }

    /// What the files hold: munin's programs could not tell which way the values came.
    private func expectSameFiles(_ one: ApusCollector, _ other: ApusCollector) async throws {
      #expect(one.files == other.files && one.files.count == 4)
      for file in one.files {
        let (ours, theirs) = (try await one.rrd(file), try await other.rrd(file))
        #expect(try await ours.dump() == theirs.dump(), "\(file)")
      }
    }

    private func journalled(_ collector: ApusCollector) async throws -> Int {
      let ledger = try Ledger(path: "\(collector.folder)/db/apus.sqlite")
      return try await ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT count(*) FROM journal")[0][0].integer ?? -1
      }
    }

    @Test func itsFilesAreThoseOfACollectorAlone() async throws {
      let start = time(nil) / 300 * 300 - 7200
      let node = try await ScriptedNode(in: scratch, services(0, from: start))
      let nodes = ["g;web01": node.port]
      let daemon = try await rrdcached()
      let cached = try ApusCollector(
        in: scratch, nodes: nodes, settings: "rrdcached_socket \(scratch.path)/socket")
      let alone = try ApusCollector(in: scratch, name: "alone", nodes: nodes)
      for round in 0..<4 {
        try node.say(services(round, from: start))
        #expect(try await cached.poll() == "")
        #expect(try await alone.poll() == "")
      }
      try await expectSameFiles(cached, alone)
      #expect(try await journalled(cached) == 0)
      #expect(try await daemon.end() == .exit(0))
    }

    /// It is killed when it has a part of a batch: what it has lost is in the journal, and is given to the next one. Over TCP.
    @Test func killedInTheMiddleOfABatchItLosesNothing() async throws {
      let start = time(nil) / 300 * 300 - 7200
      let node = try await ScriptedNode(in: scratch, services(0, from: start))
      let nodes = ["g;web01": node.port]
      let narrow = try NarrowRelay(to: "\(scratch.path)/socket")
      let cached = try ApusCollector(
        in: scratch, nodes: nodes, settings: "rrdcached_socket 127.0.0.1:\(narrow.port)")
      let alone = try ApusCollector(in: scratch, name: "alone", nodes: nodes)
      var daemon = try await rrdcached()
      #expect(try await cached.poll() == "")
      #expect(try await alone.poll() == "")
      // Each time it has taken another part of the batch.
      for (round, bytes) in [(1, 100), (2, 250), (3, 420)] {
        try node.say(services(round, from: start))
        #expect(try await alone.poll() == "")
        narrow.pass(bytes)
        let poll = try RunningProgram(
          Project.program("apus-collector"), ["poll", "--config", "\(cached.folder)/munin.conf"],
          in: scratch)
        try await waiting(until: "a part of the batch") { narrow.isFull }
        daemon.kill()
        _ = try await poll.waits()
        #expect(
          poll.errors.contains("rrdcached at 127.0.0.1:\(narrow.port): "), "\(poll.errors)")
        #expect(try await journalled(cached) == round)
        narrow.pass(.max)
        daemon = try await rrdcached()
      }
      let words = try await cached.poll()
      #expect(words == "")
      #expect(try await journalled(cached) == 0)
      try await expectSameFiles(cached, alone)
      withExtendedLifetime(daemon) {}
    }

    @Test func aSocketThatCannotBeReachedIsAFinding() async throws {
      let collector = try ApusCollector(
        in: scratch, nodes: ["g;web01": 4949], settings: "rrdcached_socket \(scratch.path)/none")
      let outcome = try await run(
        Project.program("apus-collector"), ["check", "--config", "\(collector.folder)/munin.conf"],
        in: scratch)
      #expect(outcome.ending == .exit(0))
      #expect(
        outcome.errors.contains(
          "munin.conf:3: rrdcached_socket: rrdcached at \(scratch.path)/none: cannot connect: "
            + "No such file or directory: values stay in the journal until it answers"),
        "\(outcome.errors)")
    }
  }
}

/// Takes TCP connections for a unix socket, and passes as many bytes of them as it is told.
private final class NarrowRelay: Sendable {
  let port: Int
  private let listener: Int32
  private let left = Locked(Int.max)

  /// Whether no more bytes are passed.
  var isFull: Bool { left.with { $0 } == 0 }

  init(to path: String) throws {
    (listener, port) = try listenOnLoopback()
    let (listener, left) = (listener, left)
    Thread.detachNewThread {
      while case let client = accept(listener, nil, nil), client >= 0 {
        guard let server = try? connectToUnix(path) else {
          close(client)
          continue
        }
        Thread.detachNewThread {
          var buffer = [UInt8](repeating: 0, count: 65536)
          while case let count = read(client, &buffer, buffer.count), count > 0 {
            let passed = left.with { left in
              let passed = min(left, count)
              if left != .max { left -= passed }
              return passed
            }
            guard send(server, buffer, passed, Int32(MSG_NOSIGNAL)) == passed else { break }
          }
          shutdown(server, Int32(SHUT_WR))
        }
        Thread.detachNewThread {
          var buffer = [UInt8](repeating: 0, count: 65536)
          while case let count = read(server, &buffer, buffer.count), count > 0 {
            guard send(client, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
          }
          close(server)
          shutdown(client, Int32(SHUT_RDWR))
          close(client)
        }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  func pass(_ bytes: Int) { left.with { $0 = bytes } }
}

/// A connected unix socket.
private func connectToUnix(_ path: String) throws -> Int32 {
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(107))) }
  let result = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  guard result == 0 else {
    close(descriptor)
    throw Trouble("connect \(path): \(String(cString: strerror(errno)))")
  }
  return descriptor
}
