import EventLoop
import Glibc
import TestSupport
import Testing

/// Two ends of one connection, on the loop.
@LoopActor
struct Pair {
  let client: Connection
  let server: Connection

  enum Kind: CaseIterable, Sendable { case tcp4, tcp6, unix }

  static func make(_ kind: Kind, clock: LoopClock = .real) async throws -> Pair {
    let folder = try TemporaryFolder()
    let address =
      switch kind {
      case .tcp4: try SocketAddress(host: "127.0.0.1", port: 0)
      case .tcp6: try SocketAddress(host: "::1", port: 0)
      case .unix: try SocketAddress(path: "\(folder.path)/socket")
      }
    let listener = try Listener(on: address, clock: clock)
    defer { listener.close() }
    async let accepted = listener.accept()
    let client = try await Connection.connect(
      to: listener.address, within: .seconds(10), clock: clock)
    return Pair(client: client, server: try await accepted)
  }

  func close() {
    client.close()
    server.close()
  }
}

@LoopActor
func receiveAll(_ connection: Connection) async throws(IOError) -> [UInt8] {
  var bytes: [UInt8] = []
  while try await connection.receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil {}
  return bytes
}

/// The errno inside an error, whatever the call was.
func code(_ error: IOError?) -> Int32? {
  if case .system(_, _, let code) = error { code } else { nil }
}

struct ConnectionTests {
  @Test(arguments: Pair.Kind.allCases)
  func bytesArriveInOrderBothWays(kind: Pair.Kind) async throws {
    let (one, other) = try await onTestLoop {
      let pair = try await Pair.make(kind)
      defer { pair.close() }
      for piece in ["ab", "", "c", "d\n"] { try await pair.client.send(Array(piece.utf8)) }
      pair.client.finishSending()
      let one = try await receiveAll(pair.server)
      try await pair.server.send(Array("answer".utf8))
      pair.server.finishSending()
      return (one, try await receiveAll(pair.client))
    }
    #expect(one == Array("abcd\n".utf8))
    #expect(other == Array("answer".utf8))
  }

  @Test func peersAreNamed() async throws {
    let (tcp, unix, six) = try await onTestLoop {
      var pairs: [Pair] = []
      for kind in [Pair.Kind.tcp4, .unix, .tcp6] { pairs.append(try await Pair.make(kind)) }
      defer { for pair in pairs { pair.close() } }
      return (pairs[0].server.peer, pairs[1].server.peer, pairs[2].server.peer)
    }
    #expect(tcp.host == "127.0.0.1" && tcp.port > 0 && tcp.isLoopback && !tcp.isLocal)
    #expect(tcp.description == "127.0.0.1:\(tcp.port)")
    #expect(unix.isLocal && unix.description == "unix socket" && unix.isLoopback)
    #expect(six.host == "::1" && six.description == "[::1]:\(six.port)")
  }

  /// A sender waits for a peer that does not read, and nothing is lost when the peer reads later.
  @Test(arguments: Pair.Kind.allCases)
  func aSlowReaderHoldsTheSenderBack(kind: Pair.Kind) async throws {
    var noise = Noise(7)
    let block = noise.bytes(1 << 20)
    let (early, total, equal) = try await onTestLoop {
      let pair = try await Pair.make(kind)
      defer { pair.close() }
      let sent = Locked(0)
      let sender = Task { @LoopActor in
        for _ in 0..<24 {
          try await pair.client.send(block)
          sent.with { $0 += 1 }
        }
        pair.client.finishSending()
      }
      // The kernel takes a few MB; then the sender waits while the loop turns.
      try await turn(200)
      let early = sent.with { $0 }
      let all = try await receiveAll(pair.server)
      try await sender.value
      let equal = all.withUnsafeBytes { all in
        (0..<24).allSatisfy { memcmp(all.baseAddress! + ($0 << 20), block, 1 << 20) == 0 }
      }
      return (early, all.count, equal)
    }
    #expect(early < 16)
    #expect(total == 24 << 20)
    #expect(equal)
  }

  @Test func aHalfClosedPeerStillGetsItsAnswer() async throws {
    let answer = try await onTestLoop {
      let pair = try await Pair.make(.tcp4)
      defer { pair.close() }
      pair.client.finishSending()
      let end: Void? = try await pair.server.receive { _ in () }
      #expect(end == nil)
      try await pair.server.send(Array("late".utf8))
      pair.server.close()
      return try await receiveAll(pair.client)
    }
    #expect(answer == Array("late".utf8))
  }

  /// A plain socket outside the loop, to be reset after `count` bytes.
  private func resettingPeer(port: Int, sending count: Int) {
    let descriptor = plainConnection(to: port)
    let bytes = [UInt8](repeating: 65, count: count)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, count) }
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    close(descriptor)
  }

  @Test(arguments: [0, 1, 2, 4095, 65536])
  func aResetAfterAnyByteIsAnError(count: Int) async throws {
    let (reading, writing) = try await onTestLoop {
      let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      defer { listener.close() }
      async let accepted = listener.accept()
      resettingPeer(port: listener.address.port, sending: count)
      let connection = try await accepted
      defer { connection.close() }
      var reading: IOError?
      do throws(IOError) { _ = try await receiveAll(connection) } catch { reading = error }
      var writing: IOError?
      do throws(IOError) {
        for _ in 0..<3 { try await connection.send([65]) }
      } catch { writing = error }
      return (reading, writing)
    }
    #expect(code(reading) == ECONNRESET)
    #expect(code(writing) == EPIPE)
    #expect("\(try #require(reading))".hasSuffix(": Connection reset by peer"))
  }

  @Test func nobodyListeningIsNamed() async throws {
    let (error, port) = try await onTestLoop {
      let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      let port = listener.address.port
      listener.close()
      var failure: IOError?
      do throws(IOError) {
        _ = try await Connection.connect(to: listener.address, within: .seconds(5))
      } catch { failure = error }
      return (failure, port)
    }
    #expect("\(try #require(error))" == "connect 127.0.0.1:\(port): Connection refused")
  }

  @Test func aDeadlineEndsAWaitingReader() async throws {
    let error = try await onTestLoop {
      let clock = LoopClock(standingAt: 1_700_000_000)
      let pair = try await Pair.make(.tcp4, clock: clock)
      defer { pair.close() }
      pair.server.setDeadline(clock.now.advanced(by: .seconds(5)))
      let reader = Task { @LoopActor in
        do throws(IOError) {
          _ = try await receiveAll(pair.server)
          return nil as IOError?
        } catch { return error }
      }
      // Moved back twice: only the last deadline counts.
      clock.advance(by: .seconds(4))
      pair.server.setDeadline(clock.now.advanced(by: .seconds(5)))
      clock.advance(by: .seconds(4))
      try await pair.client.send([65])
      try await turn(5)
      clock.advance(by: .seconds(1))
      return await reader.value
    }
    #expect(error == .timedOut)
  }

  @Test func aDeadlineEndsAWaitingSender() async throws {
    let error = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let pair = try await Pair.make(.unix, clock: clock)
      defer { pair.close() }
      pair.client.setDeadline(clock.now.advanced(by: .seconds(5)))
      let sender = Task { @LoopActor in
        do throws(IOError) {
          try await pair.client.send([UInt8](repeating: 0, count: 16 << 20))
          return nil as IOError?
        } catch { return error }
      }
      try await turn(50)
      clock.advance(by: .seconds(5))
      return await sender.value
    }
    #expect(error == .timedOut)
  }

  @Test func aDeadlineTakenBackDoesNotRing() async throws {
    let got = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let pair = try await Pair.make(.tcp4, clock: clock)
      defer { pair.close() }
      pair.server.setDeadline(clock.now.advanced(by: .seconds(5)))
      pair.server.setDeadline(nil)
      clock.advance(by: .seconds(60))
      try await pair.client.send([1])
      return try await pair.server.receive { $0.count }
    }
    #expect(got == 1)
  }

  @Test func closingWakesTheReader() async throws {
    let error = try await onTestLoop {
      let pair = try await Pair.make(.tcp4)
      let reader = Task { @LoopActor in
        do throws(IOError) {
          _ = try await receiveAll(pair.server)
          return nil as IOError?
        } catch { return error }
      }
      try await turn(5)
      pair.close()
      pair.close()
      return await reader.value
    }
    #expect(error == .closed)
  }

  @Test func closingWakesTheListener() async throws {
    let (error, gone) = try await onTestLoop {
      let folder = try TemporaryFolder()
      let listener = try Listener(on: try SocketAddress(path: "\(folder.path)/s"))
      let waiting = Task { @LoopActor in
        do throws(IOError) {
          _ = try await listener.accept()
          return nil as IOError?
        } catch { return error }
      }
      try await turn(5)
      listener.close()
      return (await waiting.value, access("\(folder.path)/s", F_OK) != 0)
    }
    #expect(error == .closed)
    #expect(gone)
  }

  @Test func aFileThatIsNoSocketIsLeftAlone() async throws {
    let (error, kept) = try await onTestLoop {
      let folder = try TemporaryFolder()
      let path = try folder.write("s", "precious")
      do throws(IOError) {
        _ = try Listener(on: try SocketAddress(path: path))
        return ("", folder.read("s"))
      } catch { return ("\(error)", folder.read("s")) }
    }
    #expect(kept == "precious")
    #expect(error.hasPrefix("cannot listen on /"))
    #expect(error.hasSuffix(": expected a unix socket or no file there"))
  }

  /// Another file in the place of the socket's is not removed by the listener.
  @Test func aFileInTheSocketsPlaceIsNotRemoved() async throws {
    let kept = try await onTestLoop {
      let folder = try TemporaryFolder()
      let listener = try Listener(on: try SocketAddress(path: "\(folder.path)/s"))
      try folder.remove("s")
      try folder.write("s", "precious")
      listener.close()
      return folder.read("s")
    }
    #expect(kept == "precious")
  }

  @Test func aStaleSocketIsReplacedAndALiveOneIsNot() async throws {
    let error = try await onTestLoop {
      let folder = try TemporaryFolder()
      let path = "\(folder.path)/s"
      // A server that was killed leaves its file behind.
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      _ = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      close(descriptor)
      let listener = try Listener(on: try SocketAddress(path: path))
      defer { listener.close() }
      var failure: IOError?
      do throws(IOError) { _ = try Listener(on: try SocketAddress(path: path)) } catch {
        failure = error
      }
      return failure
    }
    #expect(code(error) == EADDRINUSE)
  }

  /// One descriptor lost per connection would show as 300; other tests run beside this one.
  @Test func connectionsGiveTheirDescriptorsBack() async throws {
    let returned = try await onTestLoop {
      let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      defer { listener.close() }
      let before = openDescriptors()
      for round in 0..<300 {
        async let accepted = listener.accept()
        let client = try await Connection.connect(to: listener.address, within: .seconds(5))
        let server = try await accepted
        switch round % 4 {
        case 0: client.close()
        case 1: server.close()
        case 2:
          client.close()
          server.close()
        default: break  // Dropped without close: the last owner's end closes.
        }
      }
      for _ in 0..<300 {
        let refused = try SocketAddress(host: "127.0.0.1", port: 1)
        _ = try? await Connection.connect(to: refused, within: .seconds(5))
      }
      return await comesTrue { openDescriptors() - before < 150 }
    }
    #expect(returned)
  }

  /// A peer that sends without end must not block the loop.
  @Test func anEndlessPeerLeavesTheLoopToOthers() async throws {
    let rang = try await onTestLoop {
      let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
      defer { listener.close() }
      let port = listener.address.port
      let peer = Task.detached { talkForEver(to: port) }
      let connection = try await listener.accept()
      var rang = false
      let timer = LoopClock.real.schedule(at: LoopClock.real.now) { rang = true }
      let end = ContinuousClock.now + .seconds(3)
      while !rang, ContinuousClock.now < end {
        // Slower than the peer, so that there always is something to read.
        _ = try await connection.receive { _ in usleep(300) }
      }
      timer.cancel()
      connection.close()
      await peer.value
      return rang
    }
    #expect(rang)
  }
}

/// Writes, outside the loop, until the other side closes.
private func talkForEver(to port: Int) {
  let descriptor = plainConnection(to: port)
  let block = [UInt8](repeating: 65, count: 65536)
  while block.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) > 0 {}
  close(descriptor)
}

/// A blocking TCP socket that the loop knows nothing of.
private func plainConnection(to port: Int) -> Int32 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  _ = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  return descriptor
}

func openDescriptors() -> Int {
  guard let folder = opendir("/proc/self/fd") else { return -1 }
  defer { closedir(folder) }
  var count = 0
  while readdir(folder) != nil { count += 1 }
  return count
}
