internal import MuninWire

/// A part of the history: all nodes of a group, a node, a graph with its nested ones, or a field.
///
/// It is written as munin.conf's sections are: `group`, `group;host`, `group;host:service`, `group;host:service.field`. A dot
/// at the end says that a name with dots is a nested graph, not a field.
public struct HistoryTarget: Sendable, Hashable, CustomStringConvertible {
  public enum Scope: Sendable, Hashable {
    case group
    case node
    case graph(String)
    case field(graph: String, name: String)
  }

  /// The group's or the node's path, from the outermost group inwards: `group;host`.
  public let path: String
  public let scope: Scope

  public init(path: String, scope: Scope) {
    self.path = path
    self.scope = scope
  }

  public var description: String {
    switch scope {
    case .group, .node: path
    case .graph(let graph): "\(path):\(graph)"
    case .field(let graph, let name): "\(path):\(graph).\(name)"
    }
  }

  /// The parts of the path.
  var parts: [String] {
    path.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
  }

  /// Whether a node is the one that is meant, or one of the group that is meant.
  public func contains(node: String) -> Bool {
    scope == .group ? node.hasPrefix(path + ";") : node == path
  }

  /// Whether a graph's field is part of it.
  public func contains(graph: String, field: String) -> Bool {
    switch scope {
    case .group, .node: true
    case .graph(let name): graph == name || graph.hasPrefix(name + ".")
    case .field(let name, let own): graph == name && field == own
    }
  }

  /// Reads a target.
  /// - Parameters:
  ///   - isNode: whether a path is a node's; else it is taken for a group's.
  ///   - isField: whether a graph has a field of a name, which decides what a name with dots means.
  /// - Throws: ``HistoryError`` with what was expected.
  public init(
    _ text: String, isNode: (String) -> Bool,
    isField: (_ path: String, _ graph: String, _ field: String) -> Bool
  ) throws(HistoryError) {
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    let path = halves[0]
    let parts = path.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy({ HistoryTarget.isPathPart($0) }) else {
      throw HistoryError(
        "'\(text)': expected GROUP, GROUP;HOST, GROUP;HOST:SERVICE or GROUP;HOST:SERVICE.FIELD")
    }
    guard halves.count == 2 else {
      self.init(path: path, scope: isNode(path) ? .node : .group)
      return
    }
    var name = halves[1]
    guard parts.count > 1 else {
      throw HistoryError("'\(text)': expected the group too: GROUP;HOST:SERVICE")
    }
    let isGraph = name.hasSuffix(".")
    if isGraph { name.removeLast() }
    guard isServiceName(name.filter { $0 != "." }), !name.hasPrefix("."), !name.hasSuffix("."),
      name.firstRange(of: "..") == nil
    else { throw HistoryError("'\(text)': invalid service name '\(name)'") }
    guard !isGraph, let dot = name.lastIndex(of: ".") else {
      self.init(path: path, scope: .graph(name))
      return
    }
    let graph = String(name[..<dot])
    let field = String(name[name.index(after: dot)...])
    self.init(
      path: path,
      scope: isField(path, graph, field) ? .field(graph: graph, name: field) : .graph(name))
  }

  /// A group's or a host's name that is the same in the name of a file.
  private static func isPathPart(_ part: String) -> Bool {
    !part.isEmpty && part != "." && part != ".." && !part.hasPrefix(" ") && !part.hasSuffix(" ")
      && part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x2F && $0 != 0x7F && $0 != 0x3A }
  }
}

/// A part of the history cannot be renamed, exported or found.
public struct HistoryError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}
