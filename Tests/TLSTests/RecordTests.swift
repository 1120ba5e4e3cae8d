import COpenSSL
import EventLoop
import TestSupport
import Testing

@testable import TLS

/// munin's Perl takes what one record holds for one line.
@Suite(.timeLimit(.minutes(1)))
struct RecordTests {
  /// How many records with application data came in, by connection.
  static let counts = Locked<[UInt: Int]>([:])

  /// Counts through OpenSSL's message callback.
  @LoopActor
  static func watch(_ transport: TLSTransport) {
    counts.with { $0[UInt(bitPattern: transport.ssl)] = 0 }
    SSL_set_msg_callback(transport.ssl) { isWrite, _, kind, bytes, count, ssl, _ in
      guard isWrite == 0, count > 0, let bytes else { return }
      // With TLS 1.3 the header always says application data; what is inside tells.
      let teller = SSL_version(ssl) == TLS1_3_VERSION ? SSL3_RT_INNER_CONTENT_TYPE : SSL3_RT_HEADER
      guard kind == teller, bytes.load(as: UInt8.self) == UInt8(SSL3_RT_APPLICATION_DATA) else {
        return
      }
      RecordTests.counts.with { $0[UInt(bitPattern: ssl), default: 0] += 1 }
    }
  }

  @LoopActor
  static func count(_ transport: TLSTransport) -> Int {
    counts.with { $0[UInt(bitPattern: transport.ssl)] ?? 0 }
  }

  /// The contents of each record that comes, until `total` bytes are there. SSL_read never gives more than one.
  @LoopActor
  static func records(_ transport: TLSTransport, total: Int) async throws -> [String] {
    var records: [String] = []
    var sum = 0
    var buffer = [UInt8](repeating: 0, count: 20000)
    while sum < total {
      var count = 0
      if SSL_read_ex(transport.ssl, &buffer, buffer.count, &count) == 1 {
        records.append(String(decoding: buffer[..<count], as: UTF8.self))
        sum += count
      } else if try await !transport.feed() {
        break
      }
    }
    return records
  }

  static let config = """
    graph_title Load average
    graph_args --base 1000 -l 0
    graph_vlabel load
    load.label load
    load.info 5 minute load average
    .

    """

  @Test(arguments: [true, false])
  func eachLineIsARecord(onlyTLS12: Bool) async throws {
    let texts = [Self.config, "load.value 0.26\n.\n", "\n\n", "TLS\r\n", "no end"]
    let all = texts.joined()
    let (records, count) = try await onTestLoop {
      let (server, client) = try await Pair.secured(onlyTLS12: onlyTLS12)
      defer { client.close() }
      Self.watch(client)
      for text in texts { try await server.send(Array(text.utf8)) }
      let records = try await Self.records(client, total: all.utf8.count)
      return (records, Self.count(client))
    }
    let lines = Self.config.split(separator: "\n").map { "\($0)\n" }
    #expect(records == lines + ["load.value 0.26\n", ".\n", "\n", "\n", "TLS\r\n", "no end"])
    #expect(count == 6 + 2 + 2 + 1 + 1)
  }

  /// A reply of a megabyte, in one send: still a record per line, and the sender waits for the receiver.
  @Test(arguments: [true, false])
  func aLongReplyIsManyRecords(onlyTLS12: Bool) async throws {
    let lines = (0..<40_000).map { "field\($0).value \($0 * 7)\n" }
    let (text, count, early) = try await onTestLoop {
      let (server, client) = try await Pair.secured(onlyTLS12: onlyTLS12)
      defer { client.close() }
      Self.watch(client)
      let bytes = Array(lines.joined().utf8)
      let sent = Locked(false)
      let sending = EventLoop.start {
        try? await server.send(bytes)
        sent.with { $0 = true }
      }
      try await turn(50)
      let early = sent.with { $0 }
      let text = try await client.read(bytes.count)
      await sending.value
      return (text, Self.count(client), early)
    }
    #expect(text == Array(lines.joined().utf8))
    #expect(count == 40_000)
    #expect(!early)
  }

  /// A line that no record can hold comes whole all the same.
  @Test func aLineLongerThanARecord() async throws {
    let line = String(repeating: "service ", count: 5000) + "\n"
    let (text, count) = try await onTestLoop {
      let (server, client) = try await Pair.secured()
      defer { client.close() }
      Self.watch(client)
      try await server.send(Array((line + "next\n").utf8))
      let text = try await client.read(line.utf8.count + 5)
      return (String(decoding: text, as: UTF8.self), Self.count(client))
    }
    #expect(text == line + "next\n")
    #expect(count == 4)
  }

  /// Many lines in one record, or a byte in each: what comes in may be framed in any way.
  @Test(arguments: [1, 7, 16384], [true, false])
  func anyFramingIsTaken(piece: Int, onlyTLS12: Bool) async throws {
    let text = String(repeating: Self.config, count: piece == 1 ? 2 : 200)
    let heard = try await onTestLoop {
      let (server, client) = try await Pair.secured(onlyTLS12: onlyTLS12)
      defer { client.close() }
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: piece) {
        let part = Array(bytes[start..<min(start + piece, bytes.count)])
        var written = 0
        #expect(SSL_write_ex(client.ssl, part, part.count, &written) == 1)
      }
      let flushing = EventLoop.start { try? await client.flush(waiting: true) }
      let heard = try await server.read(bytes.count)
      await flushing.value
      return String(decoding: heard, as: UTF8.self)
    }
    #expect(heard == text)
  }
}
