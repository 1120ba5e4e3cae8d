public import MuninWire

/// At what rate the services of a node are fetched, and with that how often the node is polled.
///
/// The node is polled at the rate of its fastest service, and only the services that are due are fetched. A service's rate
/// is its `update_rate` in munin.conf, else the one that its plugin prints, else the node's. A plugin that prints a short rate and
/// sends values with times of their own collects them itself: it is fetched at the node's rate, as by munin-update.
public struct ServiceRates: Sendable {
  /// No service makes a node be polled more often, in seconds; a node's own rate may.
  public static let shortest = 10

  private struct Own {
    var rate: UpdateRate
    /// Whether munin.conf sets it.
    var isSet: Bool
  }

  private let node: String
  private var standard: UpdateRate
  private var own: [String: Own] = [:]
  /// When each service was fetched last, in seconds since 1970.
  private var fetched: [String: Int] = [:]
  /// The services whose values have times of their own.
  private var stamped: Set<String> = []
  /// Seconds between two polls of the node.
  public private(set) var period: Int
  /// Whether there are services that are not due in every poll.
  private var hasSlow = false

  /// - Parameters:
  ///   - node: its path.
  ///   - standard: the node's own rate.
  public init(node: String, standard: UpdateRate) {
    self.node = node
    self.standard = standard
    period = standard.seconds
  }

  /// Goes on with another rate of the node; the services' own have to be set again.
  public mutating func change(standard: UpdateRate) {
    self.standard = standard
    own = [:]
    update()
  }

  /// Sets the rate of a service; `nil` when it has none of its own.
  /// - Parameter isSet: whether munin.conf sets it.
  public mutating func set(_ rate: UpdateRate?, isSet: Bool, of service: String) {
    if rate == nil, own[service] == nil { return }
    own[service] = rate.map { Own(rate: $0, isSet: isSet) }
    update()
  }

  /// A service is no longer listed.
  public mutating func forget(_ service: String) {
    fetched[service] = nil
    stamped.remove(service)
    set(nil, isSet: false, of: service)
  }

  /// A service was fetched.
  /// - Parameter isStamped: whether its values have times of their own.
  public mutating func setFetched(_ service: String, at time: Int, isStamped: Bool) {
    // A service that is fetched in each poll needs no time.
    guard hasSlow || own[service] != nil else { return }
    let isFirst = fetched.updateValue(time, forKey: service) == nil
    let wasStamped = isStamped ? !stamped.insert(service).inserted : stamped.remove(service) != nil
    if isFirst || wasStamped != isStamped, own[service] != nil { update() }
  }

  /// The services whose values are young enough not to be fetched.
  /// - Parameter now: seconds since 1970.
  public func fresh(now: Int) -> Set<String> {
    guard hasSlow else { return [] }
    let schedule = Schedule(node: node, period: period)
    var fresh: Set<String> = []
    for (service, last) in fetched {
      let rate = seconds(of: service)
      if rate > period, !schedule.isDue(rate: rate, last: last, now: now) { fresh.insert(service) }
    }
    return fresh
  }

  /// What the times of a service's values are rounded down to a multiple of; `nil` when they stay as they are.
  public func alignment(of service: String) -> Int? {
    let rate = own[service]?.rate ?? standard
    return rate.isAligned ? rate.seconds : nil
  }

  private func seconds(of service: String) -> Int {
    guard let own = own[service] else { return standard.seconds }
    let isCollecting =
      own.rate.seconds < standard.seconds && !own.isSet
      // Before its first values it is not known whether they have times.
      && (fetched[service] == nil || stamped.contains(service))
    return isCollecting ? standard.seconds : own.rate.seconds
  }

  private mutating func update() {
    let rates = own.keys.map { seconds(of: $0) }
    period = min(standard.seconds, max(Self.shortest, rates.min() ?? standard.seconds))
    hasSlow = period < standard.seconds || rates.contains { $0 > period }
  }
}
