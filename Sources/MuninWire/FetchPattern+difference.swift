extension FetchPattern {
  /// How the fields of a fetch differ from those of the config.
  public struct Difference: Sendable, Equatable {
    /// Whether the fetch names a graph or a field that the config does not have.
    public var hasUnknown = false
    /// How many fields of the config have no value.
    public var missing = 0

    public init(hasUnknown: Bool = false, missing: Int = 0) {
      self.hasUnknown = hasUnknown
      self.missing = missing
    }
  }

  /// Compares the names of a fetch that does not match.
  public func difference(from values: [FetchedGraph]) -> Difference {
    var left: [String: Set<String>] = [:]
    var graph = ""
    forEachLine { name, isGraph in
      let name = String(copying: name)
      if isGraph {
        graph = name
        if left[graph] == nil { left[graph] = [] }
      } else {
        left[graph]?.insert(name)
      }
    }
    var difference = Difference()
    for fetched in values {
      guard let fields = left[fetched.name] else {
        difference.hasUnknown = true
        continue
      }
      let given = Set(fetched.values.map(\.field))
      if !given.isSubset(of: fields) { difference.hasUnknown = true }
      left[fetched.name] = fields.subtracting(given)
    }
    difference.missing = left.values.reduce(0) { $0 + $1.count }
    return difference
  }
}
