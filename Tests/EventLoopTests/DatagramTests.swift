import Glibc
import TestSupport
import Testing

@testable import EventLoop

struct DatagramTests {
  /// A plain socket that answers what the test wants.
  private final class Peer: Sendable {
    let descriptor: Int32
    let address: SocketAddress

    init(_ host: String) throws {
      let wanted = try SocketAddress(host: host, port: 0)
      let descriptor = socket(wanted.family, Int32(SOCK_DGRAM.rawValue), 0)
      self.descriptor = descriptor
      #expect(wanted.withPointer { bind(descriptor, $0, $1) } == 0)
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let port = withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = getsockname(descriptor, $0, &length)
          return $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port }
        }
      }
      address = try SocketAddress(host: host, port: Int(UInt16(bigEndian: port)))
    }

    deinit { close(descriptor) }

    /// Takes one datagram and sends others back to where it came from.
    func answer(_ answers: [[UInt8]]) -> [UInt8] {
      var buffer = [UInt8](repeating: 0, count: 2000)
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      return withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { from in
          let count = recvfrom(descriptor, &buffer, buffer.count, 0, from, &length)
          for answer in answers { sendto(descriptor, answer, answer.count, 0, from, length) }
          return Array(buffer.prefix(max(count, 0)))
        }
      }
    }
  }

  @Test(arguments: ["127.0.0.1", "::1"])
  func eachDatagramIsOneReceive(host: String) async throws {
    let (asked, answers) = try await onTestLoop {
      let peer = try Peer(host)
      let socket = try Datagrams.open(to: peer.address)
      try socket.send([1, 2, 3])
      let asked = peer.answer([[4], [], [5, 6]])
      var answers: [[UInt8]] = []
      for _ in 0..<3 {
        answers.append(try await socket.receive { $0.withUnsafeBufferPointer { Array($0) } })
      }
      return (asked, answers)
    }
    #expect(asked == [1, 2, 3])
    #expect(answers == [[4], [], [5, 6]])
  }

  @Test func aStrangersDatagramIsNotSeen() async throws {
    let answer = try await onTestLoop {
      let (peer, stranger) = (try Peer("127.0.0.1"), try Peer("127.0.0.1"))
      let socket = try Datagrams.open(to: peer.address)
      try socket.send([1])
      // The stranger is told where to, by the one who was asked.
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { from in
          var byte: UInt8 = 0
          _ = recvfrom(peer.descriptor, &byte, 1, 0, from, &length)
          sendto(stranger.descriptor, [66], 1, 0, from, length)
          sendto(peer.descriptor, [7], 1, 0, from, length)
        }
      }
      return try await socket.receive { $0[0] }
    }
    #expect(answer == 7)
  }

  @Test func silenceEndsAtTheDeadline() async throws {
    let error = try await onTestLoop { () -> IOError? in
      let clock = LoopClock(standingAt: 0)
      let peer = try Peer("127.0.0.1")
      let socket = try Datagrams.open(to: peer.address, clock: clock)
      socket.setDeadline(clock.now.advanced(by: .seconds(1)))
      let waiting = Task { @LoopActor () -> IOError? in
        do throws(IOError) {
          try await socket.receive { _ in }
          return nil
        } catch {
          return error
        }
      }
      await EventLoop.main.turned()
      clock.advance(by: .seconds(1))
      return await waiting.value
    }
    #expect(error == .timedOut)
  }

  @Test func aPortWithoutAListenerRefuses() async throws {
    let error = try await onTestLoop { () -> IOError? in
      let address = try { try Peer("127.0.0.1").address }()
      let socket = try Datagrams.open(to: address)
      do throws(IOError) {
        try socket.send([1])
        try await socket.receive { _ in }
        return nil
      } catch {
        return error
      }
    }
    #expect(code(error) == ECONNREFUSED)
  }

  @Test func aUnixSocketIsAnsweredAtItsOwnPath() async throws {
    let (answer, mode, isGone) = try await onTestLoop {
      let folder = try TemporaryFolder()
      let address = try SocketAddress(path: "\(folder.path)/daemon")
      let daemon = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      defer { close(daemon) }
      #expect(address.withPointer { bind(daemon, $0, $1) } == 0)
      let own = "\(folder.path)/own"
      var socket: Datagrams? = try Datagrams.open(to: address, answeredAt: own, mode: 0o666)
      try socket!.send([9])
      var byte: UInt8 = 0
      #expect(recv(daemon, &byte, 1, 0) == 1)
      let back = try SocketAddress(path: own)
      #expect(back.withPointer { sendto(daemon, [byte + 1], 1, 0, $0, $1) } == 1)
      let answer = try await socket!.receive { $0[0] }
      var status = stat()
      #expect(stat(own, &status) == 0)
      socket = nil
      return (answer, status.st_mode & 0o777, access(own, F_OK) != 0)
    }
    #expect(answer == 10)
    #expect(mode == 0o666)
    #expect(isGone)
  }

  @Test func whatCannotBeOpenedIsNamed() async throws {
    let (missing, taken) = try await onTestLoop { () -> (IOError?, IOError?) in
      let folder = try TemporaryFolder()
      let nobody = try SocketAddress(path: "\(folder.path)/nobody")
      @LoopActor func problem(at path: String) -> IOError? {
        do throws(IOError) {
          _ = try Datagrams.open(to: nobody, answeredAt: path)
          return nil
        } catch {
          return error
        }
      }
      let missing = problem(at: "\(folder.path)/own")
      #expect(access("\(folder.path)/own", F_OK) != 0, "the own path stays behind")
      try folder.write("taken", "x")
      return (missing, problem(at: "\(folder.path)/taken"))
    }
    #expect(missing?.description.contains("/nobody: No such file") == true)
    #expect(taken?.description.hasSuffix("/taken: Address already in use") == true)
  }

  @Test func aLibrarysDescriptorIsWatchedUntilItIsEnough() async throws {
    let seen = try await onTestLoop {
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      let (reader, writer) = (ends[0], ends[1])
      defer { for end in ends { close(end) } }
      let gate = Gate()
      var seen: [UInt8] = []
      let watch = DescriptorWatch(reader) {
        var byte: UInt8 = 0
        if read(reader, &byte, 1) == 1 { seen.append(byte) }
        if seen.count == 3 { gate.open() }
      }
      #expect(write(writer, [1, 2, 3] as [UInt8], 3) == 3)
      await gate.wait()
      watch.stop()
      #expect(write(writer, [4] as [UInt8], 1) == 1)
      await EventLoop.main.turned()
      return seen
    }
    #expect(seen == [1, 2, 3])
  }
}
