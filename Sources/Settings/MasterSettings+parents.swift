extension MasterSettings {
  /// How many nodes may stand behind each other.
  static let mostParents = 8

  /// Finds the parent of each host. A line that cannot be used is a finding, and the host has no parent.
  mutating func findParents() -> [SettingFinding] {
    var indices: [String: Int] = [:]
    var names: [String: [Int]] = [:]
    for (index, host) in hosts.enumerated() {
      if indices[host.path] == nil { indices[host.path] = index }
      names[host.name, default: []].append(index)
    }
    // A line of a group is told once, not for each of its nodes.
    var found: [SettingFinding] = []
    var told: Set<SettingFinding> = []
    func tell(_ finding: SettingFinding) {
      if told.insert(finding).inserted { found.append(finding) }
    }
    var parents: [Int: Int] = [:]
    for (index, host) in hosts.enumerated() {
      guard let line = tree.inherited("parent", at: host.place), line.value != "none" else {
        continue
      }
      let candidates =
        line.value.contains(";")
        ? indices[line.value].map { [$0] } ?? [] : names[line.value] ?? []
      let same = candidates.filter { hosts[$0].groups == host.groups }
      switch (candidates.count, same.count) {
      case (0, _):
        let known = line.value.contains(";") ? Array(indices.keys) : Array(names.keys)
        tell(
          line.finding(
            "parent: unknown node \(line.value.quoted)\(suggestion(for: line.value, among: known.sorted()))"
          ))
      case (1, _): parents[index] = candidates[0]
      case (_, 1): parents[index] = same[0]
      default:
        tell(
          line.finding(
            "parent: \(candidates.count) nodes are called \(line.value.quoted): expected group;host"
          ))
      }
      guard let parent = parents[index] else { continue }
      if parent == index {
        parents[index] = nil
        // The parent of a group may be one of the group.
        if tree.own("parent", at: host.place) != nil {
          tell(line.finding("parent: \(host.path.quoted) cannot be its own parent"))
        }
      } else if !hosts[parent].update {
        parents[index] = nil
        tell(line.finding("parent: \(hosts[parent].path.quoted) is not polled"))
      }
    }
    for index in hosts.indices {
      guard let first = parents[index],
        let line = tree.inherited("parent", at: hosts[index].place)
      else { continue }
      var chain = [index, first]
      while chain.last != index, chain.count <= Self.mostParents, let last = chain.last,
        let next = parents[last]
      {
        chain.append(next)
      }
      if chain.last == index {
        parents[index] = nil
        let text = chain.map { hosts[$0].path }.joined(separator: " - ")
        tell(line.finding("parent: \(text): a node would be behind itself: the line is ignored"))
      } else if chain.count > Self.mostParents {
        parents[index] = nil
        tell(
          line.finding(
            "parent: \(hosts[index].path.quoted): expected at most \(Self.mostParents) nodes behind each other: the line is ignored for it"
          ))
      }
    }
    for (index, parent) in parents { hosts[index].parent = hosts[parent].path }
    return found
  }
}
