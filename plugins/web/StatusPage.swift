internal import MuninWire
internal import PluginKit

/// A status page of a server, read on a worker thread, and only where the settings name it.
final class StatusPage {
  /// The server's name.
  let server: String
  private let address: StatusAddress
  let read: SlowRead<Result<StatusAnswer, PluginError>>

  /// How long an answer may take: the page of a server whose workers are all busy waits like any other.
  static let limit = Duration.seconds(3)
  /// For how many seconds an answer serves.
  private static let age = 7.0
  /// Pages per server; a pool of php-fpm has one each.
  private static let most = 64

  init(_ server: String, _ titles: ServerKind.Titles, _ address: StatusAddress) {
    self.server = server
    self.address = address
    read = SlowRead(
      address.text, limit: StatusPage.limit + .seconds(1), goodFor: StatusPage.age
    ) { () -> Result<StatusAnswer, PluginError> in
      do throws(PluginError) {
        return .success(try StatusPage.ask(address, titles, within: StatusPage.limit))
      } catch {
        return .failure(error)
      }
    }
  }

  /// All pages that the settings name: `status_NAME`, addresses with blanks between them.
  static func all(
    _ settings: [String: String], _ choice: ServerChoice
  ) throws(PluginError) -> [StatusPage] {
    var pages: [StatusPage] = []
    for server in choice.servers {
      guard let text = settings["status_\(server.name)"] else { continue }
      guard let kind = server.kind, kind.hasStatus else {
        throw PluginError(
          source: "env.status_\(server.name)", expected: "apache, nginx or php_fpm",
          found: "a server whose pages are not known")
      }
      let words = text.split(whereSeparator: \.isWhitespace)
      for word in words.prefix(most) {
        guard let address = StatusAddress(String(word)) else {
          throw PluginError(
            source: "env.status_\(server.name)",
            expected: "http://ADDRESS[:PORT]/PATH, fcgi://ADDRESS:PORT/PATH or fcgi:/SOCKET:/PATH",
            found: "'\(word)'")
        }
        pages.append(StatusPage(server.name, kind.titles, address))
      }
    }
    return pages
  }

  func answer(on host: Host) -> Result<StatusAnswer, PluginError> {
    host.answer(of: read)
      ?? .failure(PluginError(source: address.text, expected: "an answer in time", found: "none"))
  }

  // MARK: On a worker thread

  static func ask(
    _ address: StatusAddress, _ titles: ServerKind.Titles, within limit: Duration
  ) throws(PluginError) -> StatusAnswer {
    let socket = try StatusSocket(address, deadline: .now + limit)
    var text: [UInt8]
    switch address.words {
    case .http:
      try socket.send(
        Array(
          "GET \(address.path) HTTP/1.0\r\nHost: localhost\r\nUser-Agent: apus-node\r\n\r\n".utf8))
      text = try socket.receive { _ in false }
      try check(head: text, of: address)
    case .fastCGI:
      try socket.send(FastCGI.request(address.path))
      let bytes = try socket.receive { FastCGI.Answer($0).isWhole || !FastCGI.Answer($0).isSane }
      let answer = FastCGI.Answer(bytes)
      guard answer.isWhole else {
        throw PluginError(
          source: address.text, expected: "an answer of FastCGI", found: excerpt(bytes.span))
      }
      text = answer.output
    }
    if let end = text.firstRange(of: Array("\r\n\r\n".utf8)) {
      text.removeSubrange(..<end.upperBound)
    }
    guard let answer = StatusAnswer(text.span), answer.fits(titles) else {
      throw PluginError(
        source: address.text, expected: "a status page", found: excerpt(text.span))
    }
    return answer
  }

  /// The first line, `HTTP/1.1 200 OK`.
  private static func check(head: [UInt8], of address: StatusAddress) throws(PluginError) {
    let text = head.span
    var words = WordReader()
    guard text.hasPrefix("HTTP/"), words.skip(1, in: text), words.unsigned(in: text) == 200 else {
      throw PluginError(
        source: address.text, expected: "an answer of HTTP with status 200", found: excerpt(text))
    }
  }
}

extension ServerKind {
  /// Whether it has a status page that is understood here.
  var hasStatus: Bool { titles != .none || name == "apache" }
}
