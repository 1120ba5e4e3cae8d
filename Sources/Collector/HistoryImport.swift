internal import Daemon
internal import Glibc
internal import Inventory
public import Ledger
internal import MuninWire
public import RRD
public import Recording
internal import Terminal

/// The history of a munin: its RRD files, copied where they are in another folder, and what its `datafile` says of all nodes, so that
/// their pages exist before the first poll.
///
/// A file that exists is never overwritten, and what the ledger knows stays. Files are copied first, each as a whole; an import that was
/// interrupted is made again and goes on where it stopped.
public struct HistoryImport: Sendable {
  /// The folder that is imported.
  public let source: String
  /// Whether the files are in the collector's own folder already.
  public let isInPlace: Bool
  /// What the `datafile` says.
  public let datafile: DatafileReader
  /// The names of files to copy, below both folders.
  public let files: [String]
  /// What the files to copy hold, in bytes.
  public let bytes: Int
  /// Files of which the collector has one of the same name.
  public let existing: Int
  /// Files that are left out, and why.
  public let damaged: [String]

  /// How many files are brought to the disk together.
  private static let batch = 1000

  /// Looks at a folder, and changes nothing. It blocks.
  /// - Parameters:
  ///   - directory: the collector's folder.
  ///   - now: the present, in seconds since 1970.
  /// - Throws: ``HistoryError`` where there is nothing to import.
  public init(from source: String, into directory: String, now: Int) throws(HistoryError) {
    var (theirs, own) = (stat(), stat())
    guard stat(source, &theirs) == 0 else {
      throw HistoryError("cannot read \(source): \(String(cString: strerror(errno)))")
    }
    guard theirs.st_mode & S_IFMT == S_IFDIR else {
      throw HistoryError("\(source): expected a folder, a munin's dbdir")
    }
    self.source = source
    isInPlace =
      stat(directory, &own) == 0 && own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino
    datafile = try HistoryImport.datafile(in: source)
    var files: [String] = []
    var damaged: [String] = []
    var bytes = 0
    var existing = 0
    if !isInPlace {
      for file in RRDTree.files(below: source) {
        let path = "\(source)/\(file)"
        if access("\(directory)/\(file)", F_OK) == 0 {
          existing += 1
        } else if let finding = RRDFinding(of: path, now: now), !finding.isUsable {
          damaged.append(finding.description)
        } else {
          var status = stat()
          if stat(path, &status) == 0 { bytes += Int(status.st_size) }
          files.append(file)
        }
      }
    }
    (self.files, self.damaged, self.bytes, self.existing) = (files, damaged, bytes, existing)
    guard !files.isEmpty || !datafile.nodes.isEmpty || existing > 0 else {
      throw HistoryError("\(source): no datafile and no RRD file to import")
    }
  }

  static func datafile(in folder: String) throws(HistoryError) -> DatafileReader {
    let path = "\(folder)/datafile"
    // RRD files alone are a history too.
    let nothing: [UInt8] = []
    guard access(path, F_OK) == 0 else { return DatafileReader(nothing.span) }
    switch Terminal.readRegular(path, limit: DatafileReader.largest) {
    case .success(let bytes): return DatafileReader(bytes.span)
    case .failure(let failure): throw HistoryError("\(failure)")
    }
  }

  /// Copies all files.
  /// - Parameter advance: called after each.
  public func copy(
    into directory: String, _ writer: RRDWriter, advance: () -> Void
  ) async throws {
    var rest = files[...]
    while !rest.isEmpty {
      let batch = rest.prefix(HistoryImport.batch)
      rest = rest.dropFirst(HistoryImport.batch)
      for file in batch {
        try HistoryImport.copy("\(source)/\(file)", to: "\(directory)/\(file).new-import")
        advance()
      }
      // A name means a whole file: the bytes are on the disk before.
      try await writer.sync(directory)
      for file in batch {
        try await writer.rename("\(directory)/\(file).new-import", to: "\(directory)/\(file)")
      }
    }
    if !files.isEmpty { try await writer.sync(directory) }
  }

  private static func copy(_ path: String, to new: String) throws(HistoryError) {
    func failure(_ verb: String, _ path: String) -> HistoryError {
      HistoryError("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
    let folder = new[..<(new.lastIndex(of: "/") ?? new.startIndex)]
    do { try OwnedFolder.make(String(folder), mode: 0o777) } catch {
      throw HistoryError("\(error)")
    }
    guard let from = fopen(path, "re") else { throw failure("read", path) }
    defer { fclose(from) }
    // What an interrupted import has left.
    unlink(new)
    guard let to = fopen(new, "wxe") else { throw failure("write", new) }
    var isClosed = false
    defer { if !isClosed { fclose(to) } }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, from)
      if count == 0 { break }
      guard fwrite(buffer, 1, count, to) == count else { throw failure("write", new) }
    }
    guard ferror(from) == 0 else { throw failure("read", path) }
    isClosed = true
    guard fclose(to) == 0 else { throw failure("write", new) }
  }

  /// Tells the ledger what the `datafile` says of nodes.
  /// - Returns: how many services and series the ledger did not know.
  public func describe(
    in ledger: Ledger, at time: Int
  ) async throws(LedgerError) -> (services: Int, series: Int) {
    try await HistoryImport.describe(datafile, in: ledger, at: time)
  }

  static func describe(
    _ datafile: DatafileReader, in ledger: Ledger, at time: Int
  ) async throws(LedgerError) -> (services: Int, series: Int) {
    let nodes = datafile.nodes
    return try await ledger.transaction { transaction throws(LedgerError) in
      var inventory = InventoryImport(at: time)
      for node in nodes {
        try inventory.add(HistoryImport.services(of: node), of: node.name, in: transaction)
      }
      return (inventory.services, inventory.series)
    }
  }

  /// The services of a node. `datafile` does not tell which plugin a graph is of: the outermost graph's name stands for it until the
  /// node is polled.
  static func services(of node: DatafileReader.Node) -> [InventoryImport.Service] {
    let families = Dictionary(grouping: node.graphs) { graph in
      graph.name.split(separator: ".").first.map(String.init) ?? graph.name
    }
    return families.keys.sorted().map { name in
      let graphs = families[name] ?? []
      let isPlain = graphs.count == 1 && graphs[0].name == masterServiceName(name)
      var config: [UInt8] = []
      for graph in graphs { graph.render(into: &config, multigraph: !isPlain) }
      return InventoryImport.Service(
        name: name, config: config,
        series: graphs.flatMap { graph in
          graph.fields.map { (SeriesKey(graph: graph.name, field: $0.name), $0.type) }
        })
    }
  }
}

extension RRDFinding {
  /// Whether the file can be written on.
  fileprivate var isUsable: Bool {
    switch kind {
    case .future, .unprotected: true
    case .empty, .damaged, .foreign, .unreadable: false
    }
  }
}
