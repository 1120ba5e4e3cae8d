import Foundation

/// A web server on a loopback port that does what a path says, and keeps what it was sent.
public final class WebSink: Sendable {
  public struct Request: Decodable, Equatable, Sendable {
    public var method: String
    public var path: String
    public var headers: [String: String]
    public var body: String

    public var json: [String: Any]? {
      try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
    }
  }

  private let program: RunningProgram
  public let port: Int

  /// - Parameter certificate: with it the server speaks TLS; a file, and one `.key` beside it.
  public init(certificate: String? = nil) throws {
    let files = certificate.map { ["\($0).pem", "\($0).key"] } ?? []
    program = try RunningProgram("/usr/bin/env", ["python3", "\(fixtures)/web-sink.py"] + files)
    guard program.waitUntilItSays("\n"), let port = Int(program.said.prefix { $0 != "\n" }) else {
      throw POSIXError(.ECHILD)
    }
    self.port = port
  }

  public func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  /// The requests so far; a request is here before its answer is sent.
  public var requests: [Request] {
    program.said.split(separator: "\n").dropFirst().compactMap {
      try? JSONDecoder().decode(Request.self, from: Data($0.utf8))
    }
  }
}
