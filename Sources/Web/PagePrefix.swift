internal import HTTP

/// The path of `web_url`. All links begin with it, and the pages answer with it and without it: a proxy in front passes it on or removes it.
struct PagePrefix: Sendable, Hashable {
  /// `/munin`, or empty.
  let text: String
  private let parts: [String]

  /// - Parameter path: whatever is no path of a page counts as empty.
  init(_ path: String) {
    parts = HTTPRequest(path)?.path ?? []
    text = parts.map { "/" + $0 }.joined()
  }

  /// The request for the same page without the prefix; `nil` when its path does not begin with it.
  func removed(from request: HTTPRequest) -> HTTPRequest? {
    guard !parts.isEmpty, request.path.starts(with: parts) else { return nil }
    var inner = request
    inner.path.removeFirst(parts.count)
    // `/munin` is the overview, too.
    if inner.path.isEmpty { inner.isFolder = true }
    return inner
  }
}
