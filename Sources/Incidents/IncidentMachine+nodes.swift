internal import Limits

/// Nodes that cannot be polled: alone, with their site, or because of the node in front of them.
extension IncidentMachine {
  // MARK: - Polls

  mutating func answered(_ node: NodeNumber, _ facts: AlertFacts) {
    register(node, facts)
    var standing = standings[node] ?? NodeStanding()
    let before = standing
    standing.lastPoll = now
    standing.lastAnswer = now
    standing.missed = 0
    standing.incident = nil
    standing.words = ""
    standings[node] = standing
    clusters.polled(node)
    guard before.missed > 0 else {
      // The time of each answer is not worth a row.
      if before.lastAnswer == nil { update.standings[node] = standing }
      if clusters.hasWaiting(around: node) || clusters.children[node] != nil {
        decide(around: node, facts)
      }
      return
    }
    update.standings[node] = standing
    stopWaiting(node)
    if let number = before.incident { free(node, from: number) }
    decide(around: node, facts)
  }

  mutating func missed(_ node: NodeNumber, _ fault: NodeFault, _ facts: AlertFacts) {
    register(node, facts)
    var standing = standings[node] ?? NodeStanding()
    standing.lastPoll = now
    standing.missed += 1
    if standing.missed == 1 { standing.firstMiss = now }
    standing.words = fault.words
    standings[node] = standing
    update.standings[node] = standing
    clusters.polled(node)
    // Of several nodes each has its own.
    if let number = standing.incident, case .node = incidents[number]?.place {
      setReason(fault.words, of: number)
    }
    if standing.incident == nil {
      if standing.missed == 1 {
        clusters.set(node, isSuspect: true, isWaiting: false)
      } else if waiting[node] == nil {
        startWaiting(node, until: deadline(of: node, standing, facts))
      }
    }
    decide(around: node, facts)
  }

  /// Until when a lost node waits for its peers: two periods after its first failure; for a node in front of it a period, and the time that
  /// an answer may take.
  private func deadline(
    of node: NodeNumber, _ standing: NodeStanding, _ facts: AlertFacts
  ) -> Int {
    let own = standing.firstMiss + 2 * (facts.node(node)?.period ?? 300)
    let front = clusters.ancestors(of: node).compactMap { facts.node($0)?.period }.max() ?? 0
    return max(own, standing.lastPoll + front + front / 3, now)
  }

  private mutating func startWaiting(_ node: NodeNumber, until: Int) {
    waiting[node] = until
    due.set(.node(node), at: until)
    clusters.set(node, isSuspect: false, isWaiting: true)
  }

  mutating func stopWaiting(_ node: NodeNumber) {
    waiting[node] = nil
    due.set(.node(node), at: nil)
    clusters.set(node, isSuspect: false, isWaiting: false)
  }

  private mutating func register(_ node: NodeNumber, _ facts: AlertFacts) {
    guard !clusters.isKnown(node), let facts = facts.node(node) else { return }
    clusters.register(node, facts)
  }

  /// Groups, addresses and parents may be others.
  mutating func registerAll(_ facts: AlertFacts) {
    for (node, standing) in standings.sorted(by: { $0.key < $1.key }) {
      guard let names = facts.node(node) else { continue }
      clusters.register(node, names)
      guard standing.incident == nil, standing.missed > 0 else { continue }
      if standing.missed == 1 {
        clusters.set(node, isSuspect: true, isWaiting: false)
      } else {
        startWaiting(node, until: waiting[node] ?? deadline(of: node, standing, facts))
      }
    }
  }

  /// How many nodes of a group were polled.
  func nodeCount(ofGroup path: [String]) -> Int { clusters[.group(path)].members.count }

  // MARK: - Which of them were lost together

  /// Looks whether all is known of the peers of nodes that wait, and opens their incidents.
  mutating func decide(around node: NodeNumber, _ facts: AlertFacts) {
    var open = [node]
    var seen: Set<NodeNumber> = []
    while let node = open.popLast() {
      guard seen.insert(node).inserted else { continue }
      for key in clusters.keys[node] ?? [] {
        let lost = decide(key, facts)
        // Nodes behind them have waited for that.
        for node in lost { open += (clusters.children[node] ?? []).filter { waiting[$0] != nil } }
      }
      open += (clusters.children[node] ?? []).filter { waiting[$0] != nil }
    }
  }

  private mutating func decide(_ key: NodeClusters.Key, _ facts: AlertFacts) -> [NodeNumber] {
    var nodes = clusters[key].waiting.sorted()
    guard !nodes.isEmpty else { return [] }
    if nodes.contains(where: { waiting[$0] ?? .max <= now }) {
      nodes = nodes.filter { waiting[$0] ?? .max <= now || isFrontDecidable($0) }
    } else {
      guard nodes.allSatisfy({ isDecidable($0, facts) }) else { return [] }
    }
    // Those behind the same address fall with them, whatever their group, and so do those in front of them.
    var all = Set(nodes)
    for node in nodes {
      let front = clusters.ancestors(of: node).filter { waiting[$0] != nil }
      all.formUnion(front)
      for node in [node] + front {
        for key in clusters.keys[node] ?? [] { all.formUnion(clusters[key].waiting) }
      }
    }
    let lost = all.sorted()
    for node in lost { stopWaiting(node) }
    lose(lost, facts)
    return lost
  }

  /// Whether all that may have been lost with a node, or before it, were asked since, and have answered or missed two polls.
  private mutating func isDecidable(_ node: NodeNumber, _ facts: AlertFacts) -> Bool {
    guard isFrontDecidable(node) else { return false }
    for ancestor in clusters.ancestors(of: node) where waiting[ancestor] != nil {
      guard isComplete(ancestor) else { return false }
    }
    return isComplete(node)
  }

  /// The same for the nodes in front of it alone.
  private func isFrontDecidable(_ node: NodeNumber) -> Bool {
    guard let standing = standings[node] else { return true }
    for ancestor in clusters.ancestors(of: node) {
      guard let front = standings[ancestor] else { continue }
      if front.incident != nil { return true }
      if waiting[ancestor] != nil { continue }
      if front.missed > 0 || front.lastPoll < standing.firstMiss { return false }
    }
    return true
  }

  private mutating func isComplete(_ node: NodeNumber) -> Bool {
    guard let standing = standings[node] else { return true }
    for key in clusters.keys[node] ?? [] {
      let cluster = clusters[key]
      guard cluster.suspects.isEmpty, cluster.unasked == nil else { return false }
      let period = cluster.members[node] ?? 0
      // A peer that is polled less often is not waited for.
      let unasked = cluster.members.first { member, own in
        own <= period && standings[member]?.lastPoll ?? 0 < standing.firstMiss
      }
      if let unasked {
        clusters.waitFor(unasked.key, in: key)
        return false
      }
    }
    return true
  }

  /// Opens the incidents of nodes that were lost in the same span of time.
  private mutating func lose(_ nodes: [NodeNumber], _ facts: AlertFacts) {
    let set = Set(nodes)
    var behind: [NodeNumber] = []
    var heads: [NodeNumber] = []
    for node in nodes {
      let isBehind = clusters.ancestors(of: node).contains {
        set.contains($0) || standings[$0]?.incident != nil
      }
      if isBehind { behind.append(node) } else { heads.append(node) }
    }
    var byGroup: [(path: [String], nodes: [NodeNumber])] = []
    for node in heads {
      let path = facts.node(node)?.groups ?? []
      if let index = byGroup.firstIndex(where: { $0.path == path }) {
        byGroup[index].nodes.append(node)
      } else {
        byGroup.append((path, [node]))
      }
    }
    var rest: [NodeNumber] = []
    for (path, nodes) in byGroup { rest += lose(nodes, ofGroup: path, among: heads, facts) }
    loseByAddress(rest, facts)
    for node in behind {
      let parents = clusters.ancestors(of: node)
      guard let number = parents.compactMap({ standings[$0]?.incident }).first else {
        // A circle of parents.
        attach(node, to: incident(.node(node), facts), as: .cause)
        continue
      }
      attach(node, to: number, as: .follower)
    }
  }

  /// - Parameter heads: all that were lost in the same span of time, of other groups too.
  /// - Returns: those that are not lost with their group.
  private mutating func lose(
    _ nodes: [NodeNumber], ofGroup path: [String], among heads: [NodeNumber], _ facts: AlertFacts
  ) -> [NodeNumber] {
    // What planned work explains says nothing about the rest.
    let held = nodes.filter { isHeld($0, facts) }
    let free = held.isEmpty ? nodes : nodes.filter { !held.contains($0) }
    for node in held { attach(node, to: incident(.node(node), facts), as: .cause) }
    guard !free.isEmpty else { return [] }
    let members = clusters[.group(path)].members.keys
    let before = members.count { standings[$0]?.incident != nil }
    // One that is lost long after the others has another reason: nodes that are gone for good must not hide it.
    let period = free.compactMap { facts.node($0)?.period }.max() ?? 300
    let isJoining = byPlace[.group(path)].flatMap { incidents[$0] }
      .map { now - $0.start <= max(300, 4 * period) }
    let isSite =
      isJoining == true
      || (free.count >= 2 && 2 * free.count >= members.count - before
        && !isOfSharedAddress(free, among: heads, facts))
    guard isSite else { return free }
    let number = incident(.group(path), facts)
    for node in free { attach(node, to: number, as: .cause) }
    return []
  }

  /// Whether all these nodes of a group are behind one address, and nodes of other groups were lost with it: then it is the address that
  /// does not answer.
  private func isOfSharedAddress(
    _ nodes: [NodeNumber], among heads: [NodeNumber], _ facts: AlertFacts
  ) -> Bool {
    guard let address = nodes.first.flatMap({ facts.node($0)?.endpoint }),
      nodes.allSatisfy({ facts.node($0)?.endpoint == address })
    else { return false }
    return heads.contains { !nodes.contains($0) && facts.node($0)?.endpoint == address }
  }

  /// Opens the incidents of nodes that were not lost with their groups: one for those behind each address.
  private mutating func loseByAddress(_ nodes: [NodeNumber], _ facts: AlertFacts) {
    var counts: [String: Int] = [:]
    for node in nodes {
      if let address = facts.node(node)?.endpoint { counts[address, default: 0] += 1 }
    }
    for node in nodes {
      guard let address = facts.node(node)?.endpoint else {
        attach(node, to: incident(.node(node), facts), as: .cause)
        continue
      }
      let isShared = counts[address, default: 0] > 1 || byPlace[.endpoint(address)] != nil
      let place: IncidentPlace = isShared ? .endpoint(address) : .node(node)
      attach(node, to: incident(place, facts), as: .cause)
      if case .endpoint = place { nameSite(place, facts) }
    }
  }

  private mutating func incident(_ place: IncidentPlace, _ facts: AlertFacts) -> Int {
    byPlace[place] ?? begin(place, facts)
  }

  private mutating func nameSite(_ place: IncidentPlace, _ facts: AlertFacts) {
    guard let number = byPlace[place] else { return }
    let paths = (incidents[number]?.parts ?? []).compactMap { part in
      part.node.flatMap { facts.node($0)?.groups }
    }
    guard var common = paths.first else { return }
    for path in paths { common = Array(zip(common, path).prefix { $0 == $1 }.map(\.0)) }
    incidents[number]?.groups = common
  }

  private mutating func attach(_ node: NodeNumber, to number: Int, as role: IncidentPart.Role) {
    guard let standing = standings[node] else { return }
    standings[node]?.incident = number
    update.standings[node] = standings[node]
    var part = IncidentPart(
      .node(node), role: role, level: .critical, since: standing.firstMiss, at: now)
    part.worst = .critical
    if let index = incidents[number]?.index(of: .node(node)) {
      incidents[number]?.parts[index] = part
    } else {
      incidents[number]?.parts.append(part)
    }
    if incidents[number]?.words == nil {
      incidents[number]?.words = standing.words
      incidents[number]?.lastValues = standing.lastAnswer
    }
    if role == .cause { incidents[number]?.isJoined = true }
    touch(number)
    // Nothing is known of its services as long as it is lost.
    for number in byNode[node] ?? [] {
      incidents[number]?.holds.insert(.parent)
      dirty.insert(number)
    }
  }

  /// A lost node has answered.
  private mutating func free(_ node: NodeNumber, from number: Int) {
    if let index = incidents[number]?.index(of: .node(node)) {
      incidents[number]?.parts[index].until = now
      incidents[number]?.ending = .values
      touch(number)
    }
    for number in byNode[node] ?? [] {
      incidents[number]?.holds.remove(.parent)
      touch(number)
    }
  }

  // MARK: - Sites that return in part

  /// Some of the nodes have answered: the others have two periods to do so, too.
  mutating func scheduleRest(_ incident: Incident, _ facts: AlertFacts) {
    let ends = incident.parts.compactMap(\.until)
    guard let first = ends.min() else { return }
    let period = incident.parts.lazy.compactMap { $0.node.flatMap(facts.node)?.period }.max() ?? 300
    due.set(.rest(incident.number), at: max(first + 2 * period, now + 1))
  }

  /// Ends an incident of several nodes for those that are back, and begins one for each that is not.
  mutating func divide(_ number: Int, _ facts: AlertFacts) {
    guard let incident = incidents[number], incident.parts.contains(where: { !$0.isBad }) else {
      return
    }
    let rest = incident.parts.filter(\.isBad)
    guard !rest.isEmpty else { return touch(number) }
    let isTold = incident.told != nil
    change(number) { machine, incident in
      incident.ending = .divided
      machine.close(&incident, at: incident.parts.compactMap(\.until).max() ?? machine.now)
      if isTold { machine.give(.closed, incident) }
    }
    for part in rest {
      guard let node = part.node else { continue }
      let own = begin(.node(node), thread: incident.thread, facts)
      var part = part
      part.role = .cause
      incidents[own]?.parts = [part]
      incidents[own]?.words = standings[node]?.words
      incidents[own]?.lastValues = standings[node]?.lastAnswer
      standings[node]?.incident = own
      update.standings[node] = standings[node]
    }
  }

  // MARK: - Nodes that are no longer watched

  mutating func remove(_ node: NodeNumber, _ facts: AlertFacts) {
    for number in byNode[node] ?? [] {
      incidents[number]?.holds.remove(.parent)
      remove(number)
    }
    if let number = standings[node]?.incident {
      if case .node(node) = incidents[number]?.place {
        remove(number)
      } else if let index = incidents[number]?.index(of: .node(node)) {
        incidents[number]?.parts[index].until = now
        touch(number)
      }
    }
    for service in faultyServices[node] ?? [] {
      let key = ServicePlace(node: node, service: service)
      faults[key] = nil
      update.faults[key] = .some(nil)
    }
    faultyServices[node] = nil
    stopWaiting(node)
    let children = clusters.children[node] ?? []
    clusters.remove(node)
    standings[node] = nil
    update.standings[node] = nil
    update.forgotten.append(node)
    for child in children.sorted() where waiting[child] != nil { decide(around: child, facts) }
  }
}
