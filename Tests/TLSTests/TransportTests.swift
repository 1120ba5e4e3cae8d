import COpenSSL
import EventLoop
import TestSupport
import Testing

@testable import TLS

@Suite(.timeLimit(.minutes(1)))
struct TransportTests {
  /// Perl goes without a farewell.
  @Test(arguments: [true, false])
  func anEndWithoutFarewellIsAnEnd(onlyTLS12: Bool) async throws {
    let text = try await onTestLoop {
      let (server, client) = try await Pair.secured(onlyTLS12: onlyTLS12)
      try await client.send(Array("quit\n".utf8))
      client.inner.close()
      return try await server.read()
    }
    #expect(text == Array("quit\n".utf8))
  }

  @Test(arguments: [true, false])
  func closingSaysFarewell(onlyTLS12: Bool) async throws {
    let (text, farewell) = try await onTestLoop {
      let (server, client) = try await Pair.secured(onlyTLS12: onlyTLS12)
      try await server.send(Array("last\n".utf8))
      server.close()
      server.close()
      let text = try await client.read()
      return (text, SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN)
    }
    #expect(text == Array("last\n".utf8))
    #expect(farewell != 0)
  }

  @Test func closingEndsWhoeverWaits() async throws {
    let errors = try await onTestLoop {
      let (server, client) = try await Pair.secured()
      let reading = EventLoop.start { () -> IOError? in
        do throws(IOError) { _ = try await server.read() } catch { return error }
        return nil
      }
      let writing = EventLoop.start { () -> IOError? in
        do throws(IOError) {
          try await server.send([UInt8](repeating: 0x0A, count: 1 << 20))
        } catch { return error }
        return nil
      }
      try await turn(20)
      server.close()
      let errors = [await reading.value, await writing.value]
      client.close()
      return errors
    }
    #expect(errors == [.closed, .closed])
  }

  @Test func aDeadlineIsThatOfTheConnection() async throws {
    let error = try await onTestLoop {
      let (server, client) = try await Pair.secured()
      defer { client.close() }
      server.setDeadline(LoopClock.real.now.advanced(by: .milliseconds(10)))
      do throws(IOError) {
        _ = try await server.read()
        return nil as IOError?
      } catch { return error }
    }
    #expect(error == .timedOut)
  }

  /// Both directions at once, more than any buffer holds, and new keys in between.
  @Test func bothDirectionsAtOnce() async throws {
    let (first, second, lines) = try await onTestLoop {
      let (server, client) = try await Pair.secured()
      defer { client.close() }
      let lines = Array((0..<20_000).map { "line \($0)\n" }.joined().utf8)
      var senders: [Task<Void, Never>] = []
      for end in [server, client] {
        senders.append(
          EventLoop.start {
            for start in stride(from: 0, to: lines.count, by: 10_000) {
              if start % 50_000 == 0 { SSL_key_update(end.ssl, SSL_KEY_UPDATE_REQUESTED) }
              try? await end.send(Array(lines[start..<min(start + 10_000, lines.count)]))
            }
          })
      }
      let reading = EventLoop.start { (try? await server.read(lines.count)) ?? [] }
      let second = try await client.read(lines.count)
      let first = await reading.value
      for sender in senders { await sender.value }
      return (first, second, lines)
    }
    #expect(first == lines)
    #expect(second == lines)
  }

  /// Noise in the place of records ends the connection with an error that says so.
  @Test func noiseInTheStreamIsAnError() async throws {
    let (text, error) = try await onTestLoop {
      let (server, client) = try await Pair.secured()
      defer { client.close() }
      try await client.send(Array("list\n".utf8))
      try await client.inner.send(Array("fetch load\nfetch load\n".utf8))
      var text: [UInt8] = []
      do throws(IOError) {
        while try await server.receive({ $0.withUnsafeBufferPointer { text += $0 } }) != nil {}
        return (text, nil as IOError?)
      } catch { return (text, error) }
    }
    #expect(text == Array("list\n".utf8))
    guard case .failed(let words)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(words.hasPrefix("TLS: "))
  }

  /// Not even a byte more than one record's end is lost when it is torn.
  @Test func aTornRecordIsAnEnd() async throws {
    let text = try await onTestLoop {
      let (server, client) = try await Pair.secured()
      try await client.send(Array("list\n".utf8))
      try await client.inner.send([0x17, 3, 3, 0, 100, 1, 2, 3])
      client.inner.close()
      return try await server.read()
    }
    #expect(text == Array("list\n".utf8))
  }
}
