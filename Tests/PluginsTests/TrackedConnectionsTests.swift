import Glibc
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Plugins

/// The kernel's table of tracked connections, as a file and as bytes that come in any pieces.
struct TrackedConnectionsTests {
  private static let lines = [
    "ipv4 2 tcp 6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=50122 dport=22 src=10.0.0.1 dst=10.0.0.2 sport=22 dport=50122 [ASSURED] mark=0 zone=0 use=2",
    "ipv4 2 tcp 6 300 ESTABLISHED src=192.168.1.7 dst=203.0.113.9 sport=40000 dport=443 src=203.0.113.9 dst=198.51.100.4 sport=443 dport=40000 [ASSURED] mark=0 use=2",
    "ipv4 2 tcp 6 118 TIME_WAIT src=10.0.0.3 dst=10.0.0.1 sport=1 dport=80 src=10.0.0.1 dst=10.0.0.3 sport=80 dport=1 [ASSURED] use=2",
    "ipv6 10 tcp 6 20 SYN_SENT src=2001:db8::2 dst=2001:db8::1 sport=9 dport=80 [UNREPLIED] src=2001:db8::1 dst=2001:db8::2 sport=80 dport=9 use=2",
    "ipv4 2 tcp 6 60 FIN_WAIT src=10.0.0.3 dst=10.0.0.1 sport=2 dport=80 src=10.0.0.1 dst=10.0.0.3 sport=80 dport=2 use=2",
    "ipv4 2 udp 17 29 src=10.0.0.2 dst=10.0.0.53 sport=5353 dport=53 src=10.0.0.53 dst=10.0.0.2 sport=53 dport=5353 use=2",
    "ipv4 2 icmp 1 29 src=10.0.0.2 dst=10.0.0.1 type=8 code=0 id=7 src=10.0.0.1 dst=10.0.0.2 type=0 code=0 id=7 use=2",
  ]
  private static let text = lines.map { $0 + "\n" }.joined()
  private static let counted = ConnectionTable(
    total: 7, udp: 1, established: 2, finWait: 1, timeWait: 1, synSent: 1, assured: 3,
    translated: 1, local: 1, forwarded: 1)

  /// Reads a table that comes in pieces of at most `piece` bytes.
  private func table(
    _ bytes: [UInt8], piece: Int = .max, largest: Int = TrackedConnections.largest
  ) throws(PluginError) -> ConnectionTable {
    var given = 0
    return try TrackedConnections.table("/proc/net/x", largest: largest) { buffer in
      let count = min(piece, buffer.count, bytes.count - given)
      buffer.copyBytes(from: bytes[given..<given + count])
      given += count
      return count
    }
  }

  private func complaint(_ bytes: [UInt8], piece: Int = .max, largest: Int = 2 << 30) -> String? {
    do throws(PluginError) {
      _ = try table(bytes, piece: piece, largest: largest)
      return nil
    } catch { return "\(error)" }
  }

  @Test(arguments: [1, 7, 100, 4096, .max])
  func theConnectionsAreCountedInAnyPieces(piece: Int) throws {
    let text = TrackedConnectionsTests.text
    #expect(try table(Array(text.utf8), piece: piece) == TrackedConnectionsTests.counted)
    // The last line needs no end.
    #expect(try table(Array(text.utf8.dropLast()), piece: piece) == TrackedConnectionsTests.counted)
    #expect(try table([], piece: piece) == ConnectionTable())
  }

  @Test func bothPluginsReadTheOlderPlaceWhereTheNewerIsMissing() throws {
    for place in ["nf_conntrack", "ip_conntrack"] {
      let folder = try TemporaryFolder()
      let host = PluginKit.Host(root: folder.path, service: "fw_conntrack")
      var reply = Reply()
      #expect(throws: PluginError.self) {
        try local("fw_conntrack").values(
          on: PluginKit.Host(root: folder.path, service: "x"), into: &reply)
      }
      try folder.write("proc/net/\(place)", TrackedConnectionsTests.text)
      reply = Reply()
      try local("fw_conntrack").values(on: host, into: &reply)
      #expect(
        reply.text == """
          established.value 2
          fin_wait.value 1
          time_wait.value 1
          syn_sent.value 1
          udp.value 1
          assured.value 3
          nated.value 1
          total.value 7

          """)
      reply = Reply()
      try local("fw_forwarded_local").values(
        on: PluginKit.Host(root: folder.path, service: "fw_forwarded_local"), into: &reply)
      #expect(reply.text == "forward.value 1\nlocal.value 1\n")
    }
  }

  /// Any bytes are counted as lines or refused for a line that is too long, and never stop the program.
  @Test func randomBytesAreCountedByLine() throws {
    var noise = Noise(432)
    let pieces = [
      "ipv4", "tcp", "6", "ESTABLISHED", "src=", "dst=", "src=1.2.3.4", "dst=1.2.3.4", "sport=1",
      "sport", " ", " ", "\n", "udp", "[ASSURED]", "\t", "\r\n", "SYN_SENT", "\0",
    ]
    for round in 0..<400 {
      let bytes =
        round % 2 == 0
        ? noise.damaged(Array(TrackedConnectionsTests.text.utf8))
        : noise.text(of: pieces, count: 300, oneIn: 6)
      let lines = bytes.split(separator: 0x0A)
      let whole = try table(bytes)
      #expect(whole.total == UInt64(lines.count))
      let piece = Int.random(in: 1...200, using: &noise)
      #expect(try table(bytes, piece: piece) == whole)
    }
    for size in [1, 100, TrackedConnections.longestLine] {
      let bytes = noise.bytes(size)
      #expect(try table(bytes).total == UInt64(bytes.split(separator: 0x0A).count))
    }
  }

  /// The same for a line with an end and without one, and for all pieces.
  @Test(arguments: [1000, 4096, 5000, .max])
  func theLongestLineIsCountedAndALongerOneIsRefused(piece: Int) throws {
    let most = TrackedConnections.longestLine
    let longest = [UInt8](repeating: 0x78, count: most)
    let refusal = "/proc/net/x: expected lines of at most 4096 bytes, found a longer one"
    for end in [[], [0x0A], Array("\nx".utf8)] as [[UInt8]] {
      #expect(try table(longest + end, piece: piece).total == (end.count == 2 ? 2 : 1))
      #expect(complaint(longest + [0x78] + end, piece: piece) == refusal)
      #expect(complaint(Array("x\n".utf8) + longest + [0x78] + end, piece: piece) == refusal)
    }
  }

  @Test func noMoreThanTheBoundIsRead() throws {
    let line = Array((TrackedConnectionsTests.lines[0] + "\n").utf8)
    let bytes = (0..<1000).flatMap { _ in line }
    #expect(try table(bytes, piece: 1000, largest: bytes.count).total == 1000)
    #expect(
      complaint(bytes + [0x0A], piece: 1000, largest: bytes.count)
        == "/proc/net/x: expected at most \(bytes.count) bytes, found more")
    // A stream without end is left after the bound, by one buffer at most.
    var given = 0
    #expect(throws: PluginError.self) {
      try TrackedConnections.table("/proc/net/x", largest: 1 << 20) { buffer in
        for index in stride(from: 0, to: buffer.count, by: 100) { buffer[index] = 0x0A }
        given += buffer.count
        return buffer.count
      }
    }
    #expect(given > 1 << 20 && given <= (1 << 20) + (256 << 10))
    // Ten million connections of 200 bytes fit.
    #expect(TrackedConnections.largest >= 10_000_000 * 200)
  }

  @Test func anInterruptedReadIsRepeatedAndAnErrorIsNamed() throws {
    var answers: [Int32] = [EINTR, EINTR, 0, EINTR, EIO]
    var bytes = Array("a\n".utf8)[...]
    var error: PluginError?
    do throws(PluginError) {
      _ = try TrackedConnections.table("/proc/net/x") { buffer in
        let answer = answers.removeFirst()
        guard answer == 0 else {
          errno = answer
          return -1
        }
        defer { bytes = [] }
        buffer.copyBytes(from: bytes)
        return bytes.count
      }
    } catch let refused { error = refused }
    #expect(answers.isEmpty)
    #expect(
      error.map { "\($0)" } == "cannot read /proc/net/x: Input/output error")
  }

  /// Ten times as many connections take about ten times as long; four times more is allowed.
  @Test func theTimeGrowsWithTheNumberOfConnections() throws {
    func seconds(_ count: Int) throws -> Double {
      let line = Array((TrackedConnectionsTests.lines[1] + "\n").utf8)
      var left = count
      var pending: ArraySlice<UInt8> = []
      var start = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
      let table = try TrackedConnections.table("/proc/net/x") { buffer in
        var filled = 0
        while filled < buffer.count {
          if pending.isEmpty {
            guard left > 0 else { break }
            left -= 1
            pending = line[...]
          }
          let part = pending.prefix(buffer.count - filled)
          UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: part)
          filled += part.count
          pending = pending.dropFirst(part.count)
        }
        return filled
      }
      var end = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
      #expect(table.total == UInt64(count) && table.forwarded == UInt64(count))
      return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }
    let few = try min(seconds(10_000), seconds(10_000))
    let many = try seconds(100_000)
    #expect(many < 40 * few, "\(many) s for 100,000 connections, \(few) s for 10,000")
  }
}
