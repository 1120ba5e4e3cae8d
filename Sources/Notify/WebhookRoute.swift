internal import Incidents

#if TLS
  internal import TLS
#endif

/// A contact's webhook, as settings say.
public struct WebhookRoute: Sendable {
  /// A further header of each request.
  public struct Header: Sendable {
    public var name: String
    public var value: MuninTemplate

    public init(name: String, value: MuninTemplate) {
      self.name = name
      self.value = value
    }
  }

  /// `https://` or `http://`.
  public var address: String
  /// The body, once for each graph; `nil` for JSON of our own, once for each notification.
  public var text: MuninTemplate?
  public var type: String
  public var headers: [Header]
  /// The key of the signature.
  public var key: [UInt8]?
  /// Why nothing can be sent: a file of the key that cannot be read. Without its signature a message would be refused, or taken unproved.
  public var obstacle: String?
  /// A file of certificates that the server's has to come from; the system's when `nil`.
  var certificates: String?
  var timeout: Duration = .seconds(30)

  public init(
    address: String, text: MuninTemplate? = nil, type: String = "application/json",
    headers: [Header] = [], key: [UInt8]? = nil
  ) {
    self.address = address
    self.text = text
    self.type = type
    self.headers = headers
    self.key = key
  }

  /// What a template for a body of a media type is for: in JSON values are escaped.
  public static func purpose(of type: String) -> MuninTemplate.Purpose {
    let name = type.prefix { $0 != ";" && $0 != " " }.lowercased()
    return name.hasSuffix("/json") || name.hasSuffix("+json") ? .json : .message
  }

  /// Whether requests can be signed: by OpenSSL, which a build can leave out.
  public static var canSign: Bool {
    #if TLS
      true
    #else
      false
    #endif
  }

  /// Which part of a notification a request is about.
  enum Part: Hashable {
    case whole
    /// The one of ``AlertVariables/all(of:)`` at this position.
    case graph(Int)
  }

  /// The request about a notification; `nil` when there is no such part any more.
  /// - Parameter time: when it is made, in seconds since 1970.
  func call(
    about notification: Notification, _ part: Part, _ surroundings: AlertSurroundings,
    at time: Int
  ) -> WebCall? {
    let graphs = AlertVariables.all(of: notification)
    var index: Int?
    if case .graph(let position) = part { index = position }
    let graph = index ?? 0
    let values =
      graphs.indices.contains(graph)
      ? graphs[graph].values(notification, surroundings) : TemplateValues()
    let body: [UInt8]
    if let text {
      guard graphs.indices.contains(graph) else { return nil }
      let expanded = text.expand(in: values)
      // What JSON needs was escaped value by value.
      body = Array((text.purpose == .json ? expanded : cleanBody(expanded, limit: 100_000)).utf8)
    } else {
      // The settings may have lost their template since: then once for all graphs.
      guard graph == 0 else { return nil }
      body = AlertJSON(notification, AlertWords(notification, surroundings), surroundings).bytes
    }
    var call = WebCall(address: address, body: body)
    call.certificates = certificates
    call.timeout = timeout
    call.headers = [
      WebCall.Header(name: "Content-Type", value: type),
      WebCall.Header(
        name: "X-Apus-Message-ID",
        value: OutgoingMail.atom(notification.identifier) + (index.map { ".\($0)" } ?? "")),
    ]
    for header in headers {
      let value = oneLine(header.value.expand(in: values), limit: 500)
      // An empty value says nothing, and libcurl takes it for the removal of a header.
      if !value.isEmpty { call.headers.append(WebCall.Header(name: header.name, value: value)) }
    }
    if let signature = signature(of: body, at: time) {
      call.headers.append(WebCall.Header(name: "X-Apus-Signature", value: signature))
    }
    return call
  }

  /// `t=1764600000,sha256=…`: HMAC-SHA256 of the time, a dot and the body.
  private func signature(of body: [UInt8], at time: Int) -> String? {
    #if TLS
      guard let key else { return nil }
      let hash = KeyedHash.sha256(of: Array("\(time).".utf8) + body, key: key)
      return "t=\(time),sha256=\(hexadecimal(hash))"
    #else
      return nil
    #endif
  }
}
