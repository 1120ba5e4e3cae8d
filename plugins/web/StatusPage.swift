internal import MuninWire
internal import PluginKit

/// A status page of a server, read on a worker thread and only where the settings name it.
///
/// An invalid address or a page that does not answer makes the fields of this page unknown and no others.
final class StatusPage {
  /// The server's name.
  let server: String
  private let place: Place
  /// Until when a page that did not answer is not read, in seconds since boot.
  private var pausedUntil = -Double.infinity

  private enum Place {
    case page(text: String, read: SlowRead<Result<StatusAnswer, PluginError>>)
    /// The address in the settings cannot be parsed.
    case invalid(PluginError)
  }

  /// How long an answer may take: when all workers are busy, a status page waits like any other page.
  static let limit = Duration.seconds(3)
  /// For how many seconds a page is not read after it did not answer. A master's poll would else wait for the whole limit
  /// each time.
  static let pause = 600.0
  /// For how many seconds an answer serves.
  private static let age = 7.0
  /// A bound on the pages of one server.
  private static let most = 64

  private init(_ server: String, _ titles: ServerKind.Titles, _ address: StatusAddress) {
    self.server = server
    let read = SlowRead(
      address.text, limit: StatusPage.limit + .seconds(1), goodFor: StatusPage.age
    ) { () -> Result<StatusAnswer, PluginError> in
      do throws(PluginError) {
        return .success(try StatusPage.ask(address, titles, within: StatusPage.limit))
      } catch {
        return .failure(error)
      }
    }
    place = .page(text: address.text, read: read)
  }

  private init(_ server: String, invalid error: PluginError) {
    self.server = server
    place = .invalid(error)
  }

  /// All pages that the settings name: `status_NAME`, addresses with blanks between them. A setting for a server that has
  /// no known status page is a complaint.
  static func all(
    _ settings: [String: String], _ choice: ServerChoice, _ complaints: inout [PluginError]
  ) -> [StatusPage] {
    var pages: [StatusPage] = []
    for server in choice.servers {
      let setting = "status_\(server.name)"
      guard let text = settings[setting] else { continue }
      guard let kind = server.kind, kind.hasStatus else {
        complaints.append(
          PluginError(
            source: "env.\(setting)", expected: "apache, nginx or php_fpm",
            found: "a server without a known status page"))
        continue
      }
      for word in text.split(whereSeparator: \.isWhitespace).prefix(most) {
        if let address = StatusAddress(String(word)) {
          pages.append(StatusPage(server.name, kind.titles, address))
        } else {
          let error = PluginError(
            source: "env.\(setting)",
            expected: "http://ADDRESS[:PORT]/PATH, fcgi://ADDRESS:PORT/PATH or fcgi:/SOCKET:/PATH",
            found: "'\(word)'")
          pages.append(StatusPage(server.name, invalid: error))
        }
      }
    }
    return pages
  }

  /// The read that an answer needs now, if it needs one.
  func read(on host: Host) -> SlowRead<Result<StatusAnswer, PluginError>>? {
    guard case .page(_, let read) = place, !isPaused(on: host) else { return nil }
    return read
  }

  func answer(on host: Host) -> Result<StatusAnswer, PluginError> {
    switch place {
    case .invalid(let error): return .failure(error)
    case .page(let text, let read):
      // The same words while the page does not answer, so that the log has them once.
      let silence = PluginError(
        source: text,
        sentence:
          "\(text): no answer within \(StatusPage.limit.components.seconds) s; asked again every "
          + "\(Int(StatusPage.pause / 60)) minutes", isTimeout: true)
      if isPaused(on: host) { return .failure(silence) }
      let answer = host.answer(of: read) ?? .failure(silence)
      guard case .failure(let error) = answer, error.isTimeout else { return answer }
      pausedUntil = host.kernel.secondsSinceBoot() + StatusPage.pause
      return .failure(silence)
    }
  }

  private func isPaused(on host: Host) -> Bool { host.kernel.secondsSinceBoot() < pausedUntil }

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
    if let end = text.span.range(of: "\r\n\r\n".utf8) {
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
  /// Whether it has a status page that can be parsed here.
  var hasStatus: Bool { titles != .none || name == "apache" }
}
