/// What a client asks for. All of it was checked, and nothing of it names a file.
public struct HTTPRequest: Sendable, Hashable {
  /// The methods that are served; a server refuses all others itself.
  public enum Method: String, Sendable, Hashable {
    case get = "GET"
    case head = "HEAD"
    /// A form, which only the pages that take one are sent.
    case post = "POST"
  }

  public var method: Method
  /// The decoded parts of the path: `/a/b%20c` is `["a", "b c"]`. None is empty, `.` or `..`, or holds a slash.
  public var path: [String]
  /// Whether the path ends with a slash; true for `/`.
  public var isFolder: Bool
  /// What stands after the question mark.
  public var query: [QueryItem]
  /// The headers, with their names in small letters.
  public var headers: [HTTPHeader]
  /// What a form holds, as it was sent; empty for other requests.
  public var body: [UInt8]

  /// A request as a test makes it. `target` may have a query; `nil` when it is no path.
  public init?(
    _ target: String, method: Method = .get, headers: [HTTPHeader] = [], body: [UInt8] = []
  ) {
    let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = halves.first,
      let target = RequestTarget(
        path: String(path), query: halves.count > 1 ? String(halves[1]) : nil)
    else { return nil }
    self.init(method, target, headers: headers, body: body)
  }

  init(
    _ method: Method, _ target: RequestTarget, headers: [HTTPHeader], body: [UInt8]
  ) {
    self.method = method
    self.body = body
    path = target.path
    isFolder = target.isFolder
    query = target.query
    self.headers = headers
  }

  /// The first value of a query's name.
  public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// The most fields of a form.
  private static let mostFields = 16

  /// The fields of a form by their names. `nil` where the body is not one: half an escape, a control character, bytes that are no UTF-8, a name
  /// that comes twice, more than 16 fields.
  public var form: [String: String]? {
    guard method == .post, let items = QueryItem.list(body, most: Self.mostFields) else {
      return nil
    }
    var fields: [String: String] = [:]
    for item in items {
      guard fields.updateValue(item.value, forKey: item.name) == nil else { return nil }
    }
    return fields
  }

  /// The first header of a name in small letters.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
