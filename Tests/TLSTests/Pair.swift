import EventLoop
import Patterns
import Settings
import TestSupport

@testable import TLS

/// Two ends of one connection.
@LoopActor
struct Pair {
  let client: Connection
  let server: Connection

  init() async throws {
    let folder = try TemporaryFolder()
    let listener = try Listener(on: try SocketAddress(path: "\(folder.path)/socket"))
    defer { listener.close() }
    client = try await Connection.connect(to: listener.address, within: .seconds(10))
    server = try await listener.accept()
    let end = LoopClock.real.now.advanced(by: .seconds(20))
    client.setDeadline(end)
    server.setDeadline(end)
  }

  func close() {
    client.close()
    server.close()
  }

  typealias End = Result<TLSTransport, TLSFailure>

  /// Shakes hands at both ends at once.
  func shakeHands(
    server serverSettings: TLSSettings, client clientSettings: TLSSettings,
    serverMatch: String? = nil, clientMatch: String? = nil, onlyTLS12: Bool = false
  ) async throws -> (server: End, client: End) {
    let serverPattern = try serverMatch.map { try Pattern($0) }
    let clientPattern = try clientMatch.map { try Pattern($0) }
    let server = self.server
    let other = EventLoop.start {
      await Pair.end(server, .server, serverSettings, serverPattern, onlyTLS12)
    }
    let own = await Pair.end(client, .client, clientSettings, clientPattern, onlyTLS12)
    return (await other.value, own)
  }

  private static func end(
    _ connection: Connection, _ role: TLSTransport.Role, _ settings: TLSSettings, _ match: Pattern?,
    _ onlyTLS12: Bool
  ) async -> End {
    do throws(TLSFailure) {
      return .success(
        try await TLSTransport.secure(
          connection, as: role, with: TLSContext(settings), match: match, onlyTLS12: onlyTLS12))
    } catch {
      // As whoever uses it does: the other side must not wait for more.
      if !error.leavesPlainText { connection.close() }
      return .failure(error)
    }
  }

  /// Two secured ends that trust each other.
  static func secured(onlyTLS12: Bool = false) async throws -> (
    server: TLSTransport, client: TLSTransport
  ) {
    let ends = try await Pair().shakeHands(
      server: Certificates.settings("node.pem"), client: Certificates.settings("master.pem"),
      onlyTLS12: onlyTLS12)
    return (try ends.server.get(), try ends.client.get())
  }
}

extension Result where Success == TLSTransport, Failure == TLSFailure {
  /// Why there is no connection.
  var reason: String? {
    if case .failure(let failure) = self { failure.description } else { nil }
  }

  var cause: TLSFailure.Cause? {
    if case .failure(let failure) = self { failure.cause } else { nil }
  }
}

extension Transport {
  /// All bytes up to `count` of them, or to the end.
  func read(_ count: Int = .max) async throws(IOError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count,
      try await receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil
    {}
    return bytes
  }
}
