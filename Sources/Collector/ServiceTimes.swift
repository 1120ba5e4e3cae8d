internal import Inventory

/// How long a node took to answer for each of its services, when each was asked last. Kept small: there is one of these for each node.
struct ServiceTimes {
  /// As the node listed them last.
  private(set) var names: [String] = []
  /// In seconds; 0 for a service that was not answered yet.
  private(set) var seconds: [Float] = []

  /// Takes over what a poll has measured. A service that was not asked keeps its time.
  mutating func update(_ services: [PolledService]) {
    if names.count != services.count || !zip(names, services).allSatisfy({ $0 == $1.name }) {
      let old = Dictionary(zip(names, seconds), uniquingKeysWith: { first, _ in first })
      names = services.map(\.name)
      seconds = names.map { old[$0] ?? 0 }
    }
    for (index, service) in services.enumerated() where service.duration > 0 {
      seconds[index] = service.duration
    }
  }
}
