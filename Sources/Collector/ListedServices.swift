internal import Inventory
internal import Limits

/// Which services a node lists, and for how many polls in a row known ones were missing from its lists.
struct ListedServices: Sendable {
  /// What the node lists in the poll under way; `nil` before the first, and for a spool.
  var current: ServiceNames?
  /// The list in which nothing known was missing.
  private var complete: ServiceNames?
  /// In how many polls in a row each known service was not listed.
  private var missed: [String: Int] = [:]

  /// Whether nothing known is missing from the current list.
  var isComplete: Bool { current === complete }

  /// Goes on with the count of a former process, as one that polls once does.
  mutating func setMissed(_ service: String, polls: Int) { missed[service] = polls }

  /// Counts a list. A service that merely fails is listed.
  /// - Parameter known: the services that the node has shown before.
  /// - Returns: those of them that are gone, since they were missing for some polls in a row. They are no longer counted.
  mutating func count(
    _ list: ServiceNames, known: @autoclosure () -> [String]
  ) -> [String] {
    // What was described since was listed.
    if list === complete { return [] }
    let listed = list.all
    var counts: [String: Int] = [:]
    var gone: [String] = []
    for service in known() where !listed.contains(service) {
      let count = (missed[service] ?? 0) + 1
      if count > UnknownLimit.standard.count {
        gone.append(service)
      } else {
        counts[service] = count
      }
    }
    missed = counts
    complete = counts.isEmpty ? list : nil
    return gone.sorted()
  }

  /// What is known and missing from the current list.
  func missing(of known: Set<String>) -> [String] {
    guard let current else { return [] }
    return known.subtracting(current.all).sorted()
  }
}
