/// The address that is called after each healthy cycle.
public struct HeartbeatCall: Sendable, Hashable {
  public var isPost: Bool
  public var address: WebAddress

  public init(isPost: Bool, address: WebAddress) {
    self.isPost = isPost
    self.address = address
  }
}

/// The line a day that says that the collector is alive.
public struct HeartbeatMail: Sendable, Hashable {
  public var time: WallTime
  public var contacts: [String]

  public init(time: WallTime, contacts: [String]) {
    self.time = time
    self.contacts = contacts
  }
}

extension Directive {
  /// `https://…`, `GET https://…`, `POST https://…`
  func heartbeatCall() throws(SettingFinding) -> HeartbeatCall {
    let words = value.words()
    let method = words.count == 2 ? words[0].uppercased() : "GET"
    guard ["GET", "POST"].contains(method), words.count <= 2,
      let address = words.last.flatMap(WebAddress.init)
    else { throw expected("an address such as https://example.com/path, or GET or POST and that") }
    return HeartbeatCall(isPost: method == "POST", address: address)
  }

  /// `08:00 admin boss`
  func heartbeatMail() throws(SettingFinding) -> HeartbeatMail {
    let words = listWords
    guard words.count > 1, let time = words.first.flatMap(WallTime.init) else {
      throw expected("a time of day and contacts such as 08:00 admin")
    }
    return HeartbeatMail(time: time, contacts: Array(words.dropFirst()))
  }
}
