/// The call of an address that tells a service outside that all is well: the service raises the alarm when it stays away.
public struct HeartbeatRequest: Sendable {
  let address: String
  let isPost: Bool
  var timeout: Duration = .seconds(20)

  /// - Parameter isPost: whether words are posted; else the address is only got.
  public init(address: String, isPost: Bool) {
    self.address = address
    self.isPost = isPost
  }

  /// Makes the call once.
  /// - Parameter words: what is posted.
  /// - Returns: why it failed; `nil` for an answer with a status 2xx.
  public func send(_ words: String) async -> String? {
    var call = WebCall(address: address, body: isPost ? Array(words.utf8) : nil)
    call.timeout = timeout
    if isPost {
      call.headers = [WebCall.Header(name: "Content-Type", value: "text/plain; charset=utf-8")]
    }
    let server = WebCall.server(of: address)
    switch await call.outcome() {
    case .cancelled: return "\(server): cancelled"
    case .failed(let words, _): return "\(server): \(words)"
    case .answered(let answer):
      if (200..<300).contains(answer.status) { return nil }
      let redirect = (300..<400).contains(answer.status) ? " (redirects are not followed)" : ""
      return "\(server): \(call.hidingPath(in: answer.words))\(redirect)"
    }
  }
}
