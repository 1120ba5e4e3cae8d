/// The requests that are under way to a node, and whether there is room for another one.
///
/// The unanswered requests are 4 KiB at most, which any socket buffer takes: so sending never waits, and a node that reads
/// nothing until its own output is read cannot bring both sides to a stop.
struct RequestWindow: Sendable {
  struct Request: Sendable, Equatable {
    enum Kind: Sendable { case config, fetch }

    var kind: Kind
    /// The place of the service in the list.
    var service: Int
    /// In bytes.
    var size = 0
    /// How many bytes its reply may have, as far as is known.
    var expected = 0
    /// Whether nothing else may be under way with it.
    var isAlone = false
  }

  enum Bound {
    static let requests = 64
    static let size = 4 << 10
    static let expected = 256 << 10
  }

  /// 1 for nodes that lose requests that arrive together.
  let limit: Int
  private var requests: [Request] = []
  private var start = 0
  private var size = 0
  private var expected = 0

  init(limit: Int = Bound.requests) { self.limit = limit }

  var isEmpty: Bool { start == requests.count }
  /// Whether it is worth while to add requests: they leave in few writes so.
  var isHalfFree: Bool { requests.count - start <= limit / 2 }
  /// The request whose reply comes next.
  var first: Request? { isEmpty ? nil : requests[start] }

  func hasRoom(for request: Request) -> Bool {
    guard let first else { return true }
    return !request.isAlone && !first.isAlone && requests.count - start < limit
      && size + request.size <= Bound.size && expected + request.expected <= Bound.expected
  }

  mutating func append(_ request: Request) {
    var request = request
    request.isAlone = request.isAlone || limit == 1
    if isEmpty {
      requests.removeAll(keepingCapacity: true)
      start = 0
    }
    requests.append(request)
    size += request.size
    expected += request.expected
  }

  /// Removes the request that was answered.
  mutating func removeFirst() -> Request {
    let request = requests[start]
    start += 1
    size -= request.size
    expected -= request.expected
    return request
  }
}
