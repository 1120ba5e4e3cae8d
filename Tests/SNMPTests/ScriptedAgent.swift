import EventLoop
import Glibc
import SNMP
import TestSupport

/// An agent on loopback that does what a test says.
@LoopActor
final class ScriptedAgent {
  /// What it was asked, v1 or v2c.
  struct Request {
    let version: Int64
    let community: String
    /// 0xa0 GET, 0xa1 GETNEXT.
    let command: UInt8
    let number: Int64
    let objects: [OID]

    init(_ bytes: [UInt8]) {
      let parts = BER.Element.read(bytes, at: 0).parts
      version = parts[0].number
      community = String(decoding: parts[1].bytes, as: UTF8.self)
      command = parts[2].tag
      let pdu = parts[2].parts
      number = pdu[0].number
      objects = pdu[3].parts.map { $0.parts[0].oid }
    }

    /// A response's bytes.
    func response(
      _ values: [SNMPValue], status: Int64 = 0, index: Int64 = 0, number: Int64? = nil,
      objects: [OID]? = nil
    ) -> [UInt8] {
      let bindings = zip(objects ?? self.objects, values).map {
        BER.sequence([BER.oid($0), BER.value($1)])
      }
      let pdu = BER.element(
        0xa2,
        BER.integer(number ?? self.number) + BER.integer(status) + BER.integer(index)
          + BER.sequence(bindings))
      return BER.sequence([BER.integer(version), BER.octets(Array(community.utf8)), pdu])
    }

    /// An error, with the objects as they were asked.
    func error(_ status: Int64, index: Int64) -> [UInt8] {
      response(objects.map { _ in .null }, status: status, index: index)
    }
  }

  let address: SocketAddress
  private let descriptor: Int32
  private var watch: DescriptorWatch?
  private var client = sockaddr_in()
  /// What has come, in order.
  private(set) var datagrams: [[UInt8]] = []

  var requests: [Request] { datagrams.map(Request.init) }

  /// - Parameter answers: gives the datagrams to send back for one that came.
  init(_ answers: @escaping @LoopActor ([UInt8]) -> [[UInt8]]) throws {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var own = sockaddr_in()
    own.sin_family = sa_family_t(AF_INET)
    own.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let port = withUnsafeMutablePointer(to: &own) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        precondition(bind(descriptor, $0, length) == 0)
        getsockname(descriptor, $0, &length)
      }
      return Int(UInt16(bigEndian: $0.pointee.sin_port))
    }
    address = try SocketAddress(host: "127.0.0.1", port: port)
    watch = DescriptorWatch(descriptor) { [unowned self] in
      let datagram = receive()
      datagrams.append(datagram)
      answers(datagram).forEach(send)
    }
  }

  /// An agent of v1 or v2c.
  convenience init(answering answers: @escaping @LoopActor (Request) -> [[UInt8]]) throws {
    try self.init { (datagram: [UInt8]) in answers(Request(datagram)) }
  }

  isolated deinit {
    watch?.stop()
    Glibc.close(descriptor)
  }

  /// Sends to whoever asked last.
  func send(_ datagram: [UInt8]) {
    var client = client
    withUnsafePointer(to: &client) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(
          descriptor, datagram, datagram.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Sends to whoever asked last, from a socket that is not the agent's.
  func sendAsAnother(_ datagram: [UInt8]) {
    let other = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { Glibc.close(other) }
    var client = client
    withUnsafePointer(to: &client) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(
          other, datagram, datagram.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private func receive() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65536)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let count = withUnsafeMutablePointer(to: &client) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        recvfrom(descriptor, &bytes, bytes.count, 0, $0, &length)
      }
    }
    return Array(bytes.prefix(max(0, count)))
  }
}
