internal import Glibc
internal import Inventory
internal import Limits
internal import MuninWire
internal import RRD
internal import Recording
internal import Settings

/// The RRD files of a node and their size on the disk.
public struct DiskSpace: Sendable, Hashable {
  /// Files that exist.
  public var files = 0
  public var bytes = 0
  /// Files of known fields that the next polls make.
  public var filesToCome = 0
  public var bytesToCome = 0
  /// Nodes of which no service is known: they have not been polled yet.
  public var unknownNodes = 0

  static func += (sum: inout DiskSpace, other: DiskSpace) {
    sum.files += other.files
    sum.bytes += other.bytes
    sum.filesToCome += other.filesToCome
    sum.bytesToCome += other.bytesToCome
    sum.unknownNodes += other.unknownNodes
  }
}

/// Measures the disk space of nodes: the files in the data folder, and those that the layouts of known services ask for.
struct NodeSpaces {
  private let settings: MasterSettings
  private let inventory: InventoryTables.Contents?
  private let numbers: [String: NodeNumber]
  private var parsed: [Int: ServiceConfig] = [:]
  /// The sizes of the RRD files of a group's folder, by node; read once.
  private var folders: [String: [String: DiskSpace]] = [:]
  private let files: HistoryFiles

  init(_ settings: MasterSettings, _ inventory: InventoryTables.Contents?) {
    self.settings = settings
    self.inventory = inventory
    numbers = Dictionary(
      (inventory?.nodes ?? [:]).map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    files = HistoryFiles(
      directory: settings.databaseDirectory, nodes: settings.hosts.lazy.map(\.path))
  }

  mutating func space(of host: HostSettings) -> DiskSpace {
    let (folder, name) = HistoryFiles.place(host.path)
    if folders[folder] == nil { folders[folder] = measure(folder) }
    var space = folders[folder]?[name] ?? DiskSpace()
    let services = numbers[host.path].flatMap { inventory?.services[$0] } ?? []
    if services.isEmpty, host.update, space.files == 0 { space.unknownNodes = 1 }
    let start = host.fileStart(in: settings.databaseDirectory)
    var graphs: Set<String> = []
    for service in services where service.gone == nil {
      guard let number = service.layout, let config = config(number) else { continue }
      for graph in config.graphs where graphs.insert(graph.name).inserted {
        for field in GraphLayout(graph, host: host, settings: settings).fields
        where access(start + field.file.ending, F_OK) != 0 {
          space.filesToCome += 1
          space.bytesToCome += field.file.spec.fileSize
        }
      }
    }
    return space
  }

  private mutating func config(_ number: Int) -> ServiceConfig? {
    if let known = parsed[number] { return known }
    guard let layout = inventory?.layouts[number] else { return nil }
    let config = ServiceConfig(
      layout.config.span, ConfigAnswer(layout.config.span, service: layout.service),
      service: layout.service)
    parsed[number] = config
    return config
  }

  /// `web-1-load-load-g.rrd` is a file of the node `web-1`, if there is one of that name, else of `web`.
  private func measure(_ folder: String) -> [String: DiskSpace] {
    let path = "\(settings.databaseDirectory)/\(folder)"
    var spaces: [String: DiskSpace] = [:]
    for name in RRDTree.files(in: path) {
      guard let host = files.owner(of: name, in: folder) else { continue }
      var status = stat()
      guard stat("\(path)/\(name)", &status) == 0 else { continue }
      spaces[host, default: DiskSpace()].files += 1
      spaces[host, default: DiskSpace()].bytes += Int(status.st_size)
    }
    return spaces
  }
}
