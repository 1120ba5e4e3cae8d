internal import Text

/// An answer. The server adds what every answer has: length, date, and the headers that tell browsers to
/// trust nothing in it.
public struct HTTPResponse: Sendable, Hashable {
  public var status: Int
  public var headers: [HTTPHeader]
  public var body: [UInt8]
  /// Makes the body while it is sent, in place of ``body``.
  public var stream: HTTPStream?
  /// Whether a page may send forms to this server.
  public var sendsForms = false

  public init(status: Int = 200, headers: [HTTPHeader] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer of a kind of content, which browsers are told not to guess.
  public init(_ type: StaticString, _ body: [UInt8], status: Int = 200) {
    self.init(status: status, headers: [HTTPHeader("Content-Type", type.description)], body: body)
  }

  /// An answer whose body is made while it is sent.
  public init(_ type: StaticString, _ stream: HTTPStream) {
    self.init(type, [])
    self.stream = stream
  }

  /// A page.
  public static func html(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
    HTTPResponse("text/html; charset=utf-8", body, status: status)
  }

  /// A picture.
  public static func png(_ body: [UInt8]) -> HTTPResponse { HTTPResponse("image/png", body) }

  /// A value for programs.
  public static func json(_ body: [UInt8], status: Int = 200) -> HTTPResponse {
    HTTPResponse("application/json", body, status: status)
  }

  /// A few words.
  public static func text(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse("text/plain; charset=utf-8", Array((text + "\n").utf8), status: status)
  }

  /// There is nothing at the path.
  public static var notFound: HTTPResponse { .text("there is no such page", status: 404) }

  /// The page is at another path, for good. `location` must be encoded.
  public static func moved(to location: String) -> HTTPResponse {
    var response = HTTPResponse.text("the page is at \(location)", status: 301)
    response.headers.append(HTTPHeader("Location", location))
    return response
  }

  /// What a form has ordered is done, and the page at `location` shows it; a reload of that page orders nothing again.
  public static func done(seeing location: String) -> HTTPResponse {
    var response = HTTPResponse.text("the page is at \(location)", status: 303)
    response.headers.append(HTTPHeader("Location", location))
    return response
  }

  /// The first header of a name as it was set.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// Says how long the answer may be kept: `no-cache`, `max-age=60`.
  public mutating func setCaching(_ directives: String) {
    headers.removeAll { $0.name == "Cache-Control" }
    headers.append(HTTPHeader("Cache-Control", directives))
  }

  /// Names this version of the answer: a client that has it gets status 304 and no body. `tag` is
  /// letters, digits and dashes.
  public mutating func setVersion(_ tag: String, changed: Int? = nil) {
    headers.append(HTTPHeader("ETag", "\"\(tag)\""))
    if let changed {
      headers.append(HTTPHeader("Last-Modified", CalendarTime(epoch: changed).httpDate))
    }
  }
}

extension HTTPResponse {
  /// What all answers tell browsers: nothing is loaded from elsewhere, nothing runs, nobody frames it.
  var safety: [HTTPHeader] {
    [
      HTTPHeader(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
          + "form-action \(sendsForms ? "'self'" : "'none'"); frame-ancestors 'none'"),
      HTTPHeader("X-Content-Type-Options", "nosniff"),
      HTTPHeader("Referrer-Policy", "same-origin"),
      HTTPHeader("Cross-Origin-Resource-Policy", "same-origin"),
    ]
  }

  /// The answer for a client that may have this version already.
  func unlessKnown(to request: HTTPRequest) -> HTTPResponse {
    guard status == 200, let tag = header("ETag"), let known = request.header("if-none-match")
    else { return self }
    let isKnown = known.split(separator: ",").contains { other in
      let other = other.drop { $0 == " " }
      return other == "*" || (other.hasPrefix("W/") ? other.dropFirst(2) : other) == tag
    }
    guard isKnown else { return self }
    let kept = headers.filter { ["ETag", "Cache-Control", "Last-Modified"].contains($0.name) }
    return HTTPResponse(status: 304, headers: kept)
  }

  /// The words that stand beside the status.
  var reason: String {
    switch status {
    case 200: "OK"
    case 301: "Moved Permanently"
    case 303: "See Other"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 411: "Length Required"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 421: "Misdirected Request"
    case 429: "Too Many Requests"
    case 500: "Internal Server Error"
    case 503: "Service Unavailable"
    default: "Status"
    }
  }
}
