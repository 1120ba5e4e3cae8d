/// Why an agent has not answered.
public enum SNMPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No answer to a number of tries of a number of milliseconds each; and a possible cause.
  case timedOut(agent: String, tries: Int, milliseconds: Int, hint: String? = nil)
  /// The agent refused the request: its error status (RFC 3416, section 3) and the object, where it names one.
  case refused(agent: String, status: String, object: OID?)
  /// The agent rejects v3's user, passphrase or protocol: its report (RFC 3414, section 5).
  case notAuthenticated(agent: String, report: String)
  /// The answer does not fit the request: what was expected, what was found.
  case malformed(agent: String, expected: String, found: String)
  /// An invalid setting: its name, what was expected, what was found.
  case badSetting(name: String, expected: String, found: String)
  /// The socket failed, or the library.
  case failed(agent: String, reason: String)
  /// The session was closed, or the asking task was cancelled.
  case closed

  public var description: String {
    switch self {
    case .timedOut(let agent, let tries, let milliseconds, let hint):
      "\(agent): no answer to \(tries) \(tries == 1 ? "request" : "requests") within "
        + "\(milliseconds) ms each" + (hint.map { "; \($0)" } ?? "")
    case .refused(let agent, let status, let object):
      "\(agent): expected values, found the error \(status)" + (object.map { " for \($0)" } ?? "")
    case .notAuthenticated(let agent, let report):
      "\(agent): request rejected: \(report)"
    case .malformed(let agent, let expected, let found):
      "\(agent): expected \(expected), found \(found)"
    case .badSetting(let name, let expected, let found):
      "\(name): expected \(expected), found '\(found)'"
    case .failed(let agent, let reason): "\(agent): \(reason)"
    case .closed: "session closed"
    }
  }
}
