/// A field that is made of fields of other graphs.
public struct VirtualField: Sendable, Hashable {
  /// What is made of the members.
  public enum Kind: Sendable, Hashable {
    /// `graph_order name=path`: the member's values.
    case borrowed
    /// One of a `stack`: the member's values, drawn on top of the one before.
    case stacked(holder: String)
    /// `sum`: the members added.
    case sum
  }

  public let name: String
  public let kind: Kind
  public let members: [BorrowedPath]
  /// Whether it is used by others but not drawn: `-name` in `graph_order`.
  public let isHidden: Bool
  /// Its place in the graph's order, from 1: munin names a sum's members by it.
  let number: Int
}

/// The members of a field as they were found.
public struct MemberResolution<Real> {
  /// Fields with values of their own, those of borrowed sums among them.
  public var found: [(path: BorrowedPath, real: Real)] = []
  public var missing: [(path: BorrowedPath, reason: Reason)] = []
  /// Whether there is more than one field to add.
  public var isSum = false

  public enum Reason: String, Sendable, Hashable {
    case notFound = "not found"
    case loop = "refers to itself"
    case tooMany = "more members than can be added"
  }

  /// The most fields that one field is made of.
  public static var most: Int { 1000 }
}

/// What stands at a place.
public struct FoundField<Real> {
  /// A field with values of its own.
  public var real: Real?
  /// A field that is made of others, and the place of its graph.
  public var virtual: (field: VirtualField, place: [String])?

  public init(real: Real? = nil, virtual: (field: VirtualField, place: [String])? = nil) {
    self.real = real
    self.virtual = virtual
  }
}

extension VirtualField {
  /// Finds the members; a member that is itself made of others stands for their members, without its `cdef`.
  /// - Parameters:
  ///   - place: groups, host and the parts of the graph's name.
  ///   - find: what stands at a place; nil where nothing does.
  public func resolve<Real>(
    from place: [String], find: ([String]) -> FoundField<Real>?
  ) -> MemberResolution<Real> {
    var search = MemberSearch<Real>()
    search.add(self, from: place, find)
    var resolution = search.resolution
    resolution.isSum = resolution.isSum || kind == .sum
    return resolution
  }
}

private struct MemberSearch<Real> {
  var resolution = MemberResolution<Real>()
  /// The fields whose members are being looked for.
  private var open: [[String]] = []
  /// Fields looked at: members that stand for nothing would not be counted otherwise.
  private var steps = 0

  mutating func add(
    _ field: VirtualField, from place: [String], _ find: ([String]) -> FoundField<Real>?
  ) {
    open.append(place + [field.name])
    defer { open.removeLast() }
    if field.kind == .sum { resolution.isSum = true }
    for path in field.members {
      steps += 1
      let count = resolution.found.count + resolution.missing.count
      guard count < MemberResolution<Real>.most, steps < 10_000, open.count < 32 else {
        if resolution.missing.last?.reason != .tooMany {
          resolution.missing.append((path, .tooMany))
        }
        return
      }
      add(path, from: place, find)
    }
  }

  private mutating func add(
    _ path: BorrowedPath, from place: [String], _ find: ([String]) -> FoundField<Real>?
  ) {
    var isLoop = false
    for names in path.candidates(from: place) {
      guard let found = find(names) else { continue }
      if let virtual = found.virtual {
        if !open.contains(virtual.place + [virtual.field.name]) {
          return add(virtual.field, from: virtual.place, find)
        }
        isLoop = true
      }
      if let real = found.real {
        resolution.found.append((path, real))
        return
      }
    }
    resolution.missing.append((path, isLoop ? .loop : .notFound))
  }
}
