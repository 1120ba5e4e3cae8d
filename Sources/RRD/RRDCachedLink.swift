internal import EventLoop
internal import Glibc

/// One connection to rrdcached. Everything here blocks, for a bounded time.
final class RRDCachedLink {
  private let descriptor: Int32
  private let name: String
  /// Whether rrdcached runs on this machine, so that its files are ours.
  let isLocal: Bool

  /// Seconds to connect, and for the next bytes of an answer: a FLUSH waits for the disk.
  private static let connectLimit = 5
  private static let answerLimit = 60
  /// Seconds for a whole answer.
  private static let wholeLimit = 300

  init(_ address: RRDCachedAddress) throws(RRDError) {
    name = "rrdcached at \(address)"
    let found: [SocketAddress]
    do throws(IOError) { found = try address.resolved() } catch {
      throw RRDError(.other, "\(name): cannot connect: \(error)")
    }
    var problem = "no address"
    for place in found {
      let family = place.isLocal ? AF_UNIX : place.isIPv6 ? AF_INET6 : AF_INET
      let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      let descriptor = socket(family, type, 0)
      guard descriptor >= 0 else {
        problem = String(cString: strerror(errno))
        continue
      }
      RRDCachedLink.limit(descriptor, SO_SNDTIMEO, seconds: RRDCachedLink.connectLimit)
      do throws(IOError) {
        try place.connect(descriptor)
      } catch {
        close(descriptor)
        problem = RRDCachedLink.reason(error)
        continue
      }
      RRDCachedLink.limit(descriptor, SO_SNDTIMEO, seconds: RRDCachedLink.answerLimit)
      RRDCachedLink.limit(descriptor, SO_RCVTIMEO, seconds: RRDCachedLink.answerLimit)
      self.descriptor = descriptor
      isLocal = place.isLoopback
      return
    }
    throw RRDError(.other, "\(name): cannot connect: \(problem)")
  }

  deinit { close(descriptor) }

  /// Sends a batch and reads its answer.
  func ask(_ batch: RRDCachedBatch) throws(RRDError) -> [RRDCachedAnswer.Refusal] {
    try send(batch.text)
    var answer = RRDCachedAnswer(commands: batch.commands.count)
    try read { bytes throws(RRDCachedAnswer.Fault) in
      try answer.read(bytes)
      return answer.isComplete
    }
    return answer.refusals
  }

  /// Asks for a sign of life.
  func ping() throws(RRDError) {
    try send(Array("PING\n".utf8))
    var line: [UInt8] = []
    try read { bytes throws(RRDCachedAnswer.Fault) in
      line += bytes
      guard line.count <= 1000 else {
        throw RRDCachedAnswer.Fault(description: "its answer to PING is no line")
      }
      return line.last == UInt8(ascii: "\n")
    }
    guard line.starts(with: "0 ".utf8) else {
      throw RRDError(.other, "\(name): its answer to PING is none of rrdcached's")
    }
  }

  private func send(_ bytes: [UInt8]) throws(RRDError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw RRDError(.other, "\(name): cannot send: \(problem(count))") }
      done += count
    }
  }

  /// Hands what comes to `take` until it says that this is all.
  private func read(
    _ take: ([UInt8]) throws(RRDCachedAnswer.Fault) -> Bool
  ) throws(RRDError) {
    let start = RRDCachedLink.seconds
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw RRDError(.other, "\(name): no answer: \(problem(count))") }
      do throws(RRDCachedAnswer.Fault) {
        if try take(Array(buffer[..<count])) { return }
      } catch {
        throw RRDError(.other, "\(name): its answer makes no sense: \(error)")
      }
      guard RRDCachedLink.seconds - start < RRDCachedLink.wholeLimit else {
        throw RRDError(
          .other, "\(name): no whole answer within \(RRDCachedLink.wholeLimit) s")
      }
    }
  }

  private func problem(_ count: Int) -> String {
    if count == 0 { return "the connection is closed" }
    if errno == EAGAIN { return "nothing within \(RRDCachedLink.answerLimit) s" }
    return String(cString: strerror(errno))
  }

  private static func reason(_ error: IOError) -> String {
    guard case .system(_, _, let code) = error else { return "\(error)" }
    return code == EINPROGRESS || code == EAGAIN
      ? "no answer within \(connectLimit) s" : String(cString: strerror(code))
  }

  private static func limit(_ descriptor: Int32, _ option: Int32, seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  private static var seconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec
  }
}
