internal import RRD

/// The RRD files of a part of the history, found by their names.
///
/// A name does not say where the host's name ends (`a-b-c-d-g.rrd` may be of host `a` or `a-b`): the longest known host
/// decides.
public struct HistoryFiles: Sendable {
  /// The folder of all files.
  private let directory: String
  /// Names of hosts by the folder of their files.
  private var hosts: [String: [String]] = [:]

  /// - Parameter nodes: the paths of all nodes that are known.
  public init(directory: String, nodes: some Sequence<String>) {
    self.directory = directory
    for node in Set(nodes) {
      let (folder, host) = HistoryFiles.place(node)
      hosts[folder, default: []].append(host)
    }
  }

  /// The files, relative to the folder, in order.
  public func files(of target: HistoryTarget) -> [String] {
    if target.scope == .group {
      let folder = rrdFolder(group: target.parts)
      return RRDTree.files(below: "\(directory)/\(folder)").map { "\(folder)/\($0)" }
    }
    let (folder, host) = HistoryFiles.place(target.path)
    let start = HistoryFiles.start(of: target)
    return RRDTree.files(in: folder.isEmpty ? directory : "\(directory)/\(folder)").filter { file in
      // A host that is known under no other name either has the file.
      file.hasPrefix(start) && isOwner(host, of: file, in: folder)
        && HistoryFiles.isWhole(file.dropFirst(start.count), of: target)
    }.map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
  }

  /// What a file is called when its part of the history has another name.
  public static func renamed(
    _ file: String, from old: HistoryTarget, to new: HistoryTarget
  ) -> String {
    if old.scope == .group {
      return rrdFolder(group: new.parts) + file.dropFirst(rrdFolder(group: old.parts).count)
    }
    let (oldFolder, newFolder) = (place(old.path).folder, place(new.path).folder)
    let start = oldFolder.isEmpty ? start(of: old) : "\(oldFolder)/\(start(of: old))"
    let rest = file.dropFirst(start.count)
    return (newFolder.isEmpty ? "" : newFolder + "/") + HistoryFiles.start(of: new) + rest
  }

  /// A file's graph and field, as far as its name says that: dots of nested graphs are dashes in it.
  public static func series(of file: String, of node: String) -> (graph: String, field: String)? {
    let name = file.split(separator: "/").last.map(String.init) ?? file
    let start = place(node).host + "-"
    guard name.hasPrefix(start), name.hasSuffix(".rrd") else { return nil }
    let parts = name.dropFirst(start.count).dropLast(4).split(separator: "-")
    guard parts.count >= 3 else { return nil }
    return (parts.dropLast(2).joined(separator: "."), String(parts[parts.count - 2]))
  }

  /// Whether no known host with a longer name has the file.
  private func isOwner(_ host: String, of file: String, in folder: String) -> Bool {
    owner(of: file, in: folder).map { $0.utf8.count <= host.utf8.count } ?? true
  }

  // MARK: Names

  /// A node's path in parts.
  public static func parts(of node: String) -> (groups: [String], host: String) {
    let parts = node.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    return (Array(parts.dropLast()), parts.last ?? "")
  }

  /// The folder of a node's files, and how their names begin.
  public static func place(_ node: String) -> (folder: String, host: String) {
    let (groups, host) = parts(of: node)
    return (rrdFolder(group: groups), rrdFolder(group: [host]))
  }

  /// How the names of its files begin.
  private static func start(of target: HistoryTarget) -> String {
    let host = place(target.path).host
    func dashed(_ name: String) -> String { String(name.map { $0 == "." ? "-" : $0 }) }
    return switch target.scope {
    case .group: ""
    case .node: host + "-"
    case .graph(let graph): "\(host)-\(dashed(graph))-"
    case .field(let graph, let name): "\(host)-\(dashed(graph))-\(dashed(name))-"
    }
  }

  /// Whether the rest of a name has all parts that it must have.
  private static func isWhole(_ rest: Substring, of target: HistoryTarget) -> Bool {
    let dashes = rest.count { $0 == "-" }
    return switch target.scope {
    case .group: true
    case .node: dashes >= 2
    case .graph: dashes >= 1
    case .field: dashes == 0
    }
  }

  /// The host that a file belongs to, `nil` for none that is known.
  public func owner(of file: String, in folder: String) -> String? {
    hosts[folder]?.filter { file.hasPrefix($0 + "-") }.max { $0.utf8.count < $1.utf8.count }
  }
}
