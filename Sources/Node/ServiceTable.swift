internal import EventLoop

/// The services of a node by name, in order, with the lists that masters are given, and the tasks that wait until more
/// is known.
@LoopActor
final class ServiceTable {
  /// The node's own name, as configured.
  var nodeName: String
  private var services: [String: Service] = [:]
  /// The names in byte order, as they are listed.
  private(set) var order: [String] = []
  /// The lines that answered `list` since the last change.
  private var lines: [ListKey: [UInt8]] = [:]
  /// Whether the services were looked for once: before that no master is told that there are none.
  private(set) var isFound = false
  /// The node ends: no more is going to be known, and no wait begins.
  private(set) var isStopped = false
  /// The tasks that wait for the next change.
  private var waiting: [Gate] = []

  private struct ListKey: Hashable {
    var host: String
    var capabilities: Capabilities
  }

  /// Lists that are kept: a master chooses the name of the node that it asks for.
  private static let mostLines = 64

  init(nodeName: String) { self.nodeName = nodeName }

  // MARK: Services

  subscript(name: String) -> Service? { services[name] }

  /// All services, in order.
  var all: [Service] { order.compactMap { services[$0] } }

  /// Puts these services in the place of all others. Call ``changed()`` when all is known of them that is to be.
  func replace(with found: [Service]) {
    services = [:]
    insert(found)
  }

  func insert(_ found: [Service]) {
    for service in found { services[service.name] = service }
    order = services.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: Lists

  /// The names of a node's services, as far as they are known, for a master with these capabilities.
  func names(host: String?, for capabilities: Capabilities) -> [String] {
    let wanted = (host ?? nodeName).lowercased()
    return all.filter { $0.node == wanted && $0.isShown(to: capabilities) }.map(\.name)
  }

  /// The line that answers `list`, where it is known from the last time.
  func knownLine(host: String?, for capabilities: Capabilities) -> [UInt8]? {
    lines[ListKey(host: host ?? nodeName, capabilities: capabilities)]
  }

  /// The line that answers `list`, as far as the services are known.
  func line(host: String?, for capabilities: Capabilities) -> [UInt8] {
    let names = names(host: host, for: capabilities)
    let line = Array((names.joined(separator: " ") + "\n").utf8)
    let isComplete = isFound && !services.values.contains { $0.knowledge == .pending }
    if isComplete, lines.count < ServiceTable.mostLines {
      lines[ListKey(host: host ?? nodeName, capabilities: capabilities)] = line
    }
    return line
  }

  /// The names of all nodes behind this one.
  var nodes: [String] {
    Set(
      services.values.filter { $0.knowledge != .dropped }.map(\.node) + [nodeName.lowercased()]
    ).sorted()
  }

  // MARK: Waiting

  /// The services were looked for, or will not be.
  func found() {
    isFound = true
    changed()
  }

  /// Something is known that was not before.
  func changed() {
    lines.removeAll(keepingCapacity: true)
    wakeAll()
  }

  /// Ends all waits.
  func stop() {
    isStopped = true
    changed()
  }

  private func wakeAll() {
    let waiters = waiting
    waiting = []
    for gate in waiters { gate.open() }
  }

  func untilChanged() async {
    let gate = Gate()
    waiting.append(gate)
    await gate.wait()
  }

  func untilFound() async {
    while !isFound, !isStopped { await untilChanged() }
  }

  /// Waits until all is known that the list of a node's services depends on, at most until the limit: a plugin that
  /// hangs must not hide the others.
  /// - Parameter host: `nil` for all nodes.
  func untilKnown(_ host: String?, within limit: Duration, _ clock: LoopClock) async {
    await untilFound()
    let wanted = host?.lowercased()
    let deadline = clock.now.advanced(by: limit)
    while !isStopped, clock.now < deadline,
      services.values.contains(where: { $0.mayBelong(to: wanted) })
    {
      let gate = Gate()
      waiting.append(gate)
      let timer = clock.schedule(at: deadline) { gate.open() }
      await gate.wait()
      timer.cancel()
    }
  }
}
