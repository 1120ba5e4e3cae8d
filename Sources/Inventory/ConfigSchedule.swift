public import MuninWire

/// Which of a node's services are asked for their config in a poll, besides their values.
///
/// A config changes seldom, so a service is asked for it in one poll of ``interval``, and each service in another one, so that the
/// load is flat. It is asked for at once after a sign that it may have changed: a failure, another list of services, or
/// values whose fields are not those of the config.
public struct ConfigSchedule: Sendable {
  /// In one poll of how many a service is asked for its config.
  public var interval = 1
  private var turn: UInt
  private var asksAll = true
  /// What the node listed last.
  private var list: Int?
  /// The services that showed a sign in the last poll.
  private var suspects: Set<String> = []
  /// How many fields of a config had no value when both were asked for last; most services are not here.
  private var missing: [String: Int] = [:]

  /// - Parameter node: its path. Nodes with the same services are asked for different ones at a time.
  public init(node: String = "") { turn = Self.hash(node) }

  /// FNV-1a, 64 bits (draft-eastlake-fnv), the upper half: the same in each process.
  private static func hash(_ text: String) -> UInt {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return UInt(hash >> 32)
  }

  /// The interval that `config_every` means: an hour at most.
  /// - Parameters:
  ///   - configEvery: in polls.
  ///   - period: seconds between two polls.
  public static func interval(configEvery: Int, period: Int) -> Int {
    max(1, min(configEvery, 3600 / max(1, period)))
  }

  /// Whether this poll asks for everything, where the node lists what it did.
  /// - Parameter list: ``ServiceNames/hash``.
  public func asksAll(listing list: Int) -> Bool { asksAll || interval == 1 || list != self.list }

  /// Whether this poll asks a service for its config.
  /// - Parameter known: what it said last.
  public func isDue(_ service: String, known: ServiceConfig?) -> Bool {
    guard let known, !known.bringsValues, interval > 1 else { return true }
    return (turn &+ Self.hash(service)) % UInt(interval) == 0
      || suspects.contains(service)
  }

  /// Whether a fetch has a field that its config does not have, or lacks more of them than before.
  public func isNews(_ difference: FetchPattern.Difference, of service: String) -> Bool {
    difference.hasUnknown || difference.missing > missing[service] ?? 0
  }

  /// Remembers what a poll has found.
  public mutating func apply(_ poll: Poll) {
    turn &+= 1
    asksAll = poll.trouble != nil
    list = poll.list?.hash ?? 0
    suspects = []
    // By their places: an iterator would copy each.
    let services = poll.services
    for index in services.indices {
      if services[index].trouble != nil || services[index].outcome != .answered {
        suspects.insert(services[index].name)
      }
      guard services[index].readTime != nil else { continue }
      if services[index].missing > 0 {
        missing[services[index].name] = services[index].missing
      } else if !missing.isEmpty {
        missing[services[index].name] = nil
      }
    }
  }

  /// The node could not be polled: it may have been started again, with other plugins.
  public mutating func askAll() { asksAll = true }
}
