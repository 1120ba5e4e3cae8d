internal import Inventory

/// How long a node took to answer for each of its services, when each was asked last. Kept small: there is one of these for each node.
struct ServiceTimes {
  /// As the node listed them last.
  var names: [String] { list?.names ?? [] }
  private var list: ServiceNames?
  /// In seconds; 0 for a service that was not answered yet.
  private(set) var seconds: [Float] = []

  /// Takes over what a poll has measured. A service that was not asked keeps its time.
  /// - Parameter list: what the services are of, in the same order.
  mutating func update(_ services: [PolledService], of list: ServiceNames) {
    guard services.count == list.names.count else { return }
    if list !== self.list {
      let old = Dictionary(zip(names, seconds), uniquingKeysWith: { first, _ in first })
      self.list = list
      seconds = list.names.map { old[$0] ?? 0 }
    }
    for index in services.indices where services[index].duration > 0 {
      seconds[index] = services[index].duration
    }
  }
}
