/// What lanes remember for a minute of servers that did not take messages: new ones wait for the next try, and do not each pay the wait for a
/// server that stalls.
struct LanePauses: Sendable {
  struct Pause: Sendable, Hashable {
    /// In seconds since 1970.
    let until: Int
    let problem: String

    func holds(at now: Int) -> Bool {
      // The clock may have been set back.
      until > now && until <= now + LanePauses.length
    }
  }

  private struct Lane: Sendable {
    /// Of its server.
    var server: Pause?
    /// Of contacts whose messages the server began to take and did not answer.
    var contacts: [String: Pause] = [:]
    /// The contacts of that kind since the last delivery.
    var stalled: Set<String> = []
  }

  /// Seconds. A server that is back is found again within them, also where older messages have growing pauses.
  static let length = 60

  private var lanes: [String: Lane] = [:]

  /// Why and until when a message waits without an attempt, or would have waited.
  func pause(of lane: String, to contact: String) -> Pause? {
    guard let lane = lanes[lane] else { return nil }
    return [lane.server, lane.contacts[contact]].compactMap(\.self)
      .max { $0.until < $1.until }
  }

  /// The server of a lane did not take a message, and would take no other.
  mutating func addFailure(of lane: String, _ problem: String, at now: Int) {
    lanes[lane, default: Lane()].server = Pause(until: now + Self.length, problem: problem)
  }

  /// The server did not answer to a message to a contact. It may be the message, or the mailbox; when it was so with another contact's, it is
  /// the server.
  /// - Returns: whether it is.
  mutating func addStall(
    of lane: String, to contact: String, _ problem: String, at now: Int
  ) -> Bool {
    var entry = lanes[lane] ?? Lane()
    entry.stalled.insert(contact)
    let pause = Pause(until: now + Self.length, problem: problem)
    entry.contacts[contact] = pause
    let isServer = entry.stalled.count > 1
    if isServer { entry.server = pause }
    lanes[lane] = entry
    return isServer
  }

  /// A message was taken.
  mutating func addDelivery(in lane: String, to contact: String) {
    lanes[lane]?.server = nil
    lanes[lane]?.contacts[contact] = nil
    lanes[lane]?.stalled = []
  }
}
