internal import CRRD
internal import EventLoop
public import MuninWire

/// The drawing side of the round-robin files.
///
/// One thread draws, for all graphers of a program: two crash inside Pango. A writer beside it is fine. librrd keeps its error per
/// thread, so a call and the look at its error are one synchronous stretch.
public actor RRDGrapher {
  private static let executor = ThreadExecutor(label: "rrd-graph")
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    Self.executor.asUnownedSerialExecutor()
  }

  /// The largest picture handed out; 4000 × 4000 pixels of munin's kind stay far below.
  public static let largestPicture = 32 << 20

  public init() {}

  /// Draws a graph.
  ///
  /// - Parameters:
  ///   - graph: with all that munin.conf overrides already applied.
  ///   - path: the file of a field. Fields whose file cannot be read are left out.
  public func picture(
    of graph: Graph, _ request: GraphRequest, path: @Sendable (Field) -> String?
  ) throws(RRDError) -> Picture {
    let command = GraphCommand(graph, request) { field in
      path(field).flatMap(Self.source)
    }
    return Picture(png: try draw(command), findings: command.findings)
  }

  /// Draws what is known only when it is known which files there are.
  /// - Parameter plain: the graph, the files of its fields, and whether unknown values count as 0 in it; it is asked with a look at a file.
  public func picture(
    _ request: GraphRequest,
    plain:
      @Sendable (_ hasFile: (String) -> Bool) -> (
        graph: Graph, files: [String: String], isFilled: Bool
      )
  ) throws(RRDError) -> Picture {
    var sources: [String: GraphSource] = [:]
    let drawn = plain { path in
      if sources[path] != nil { return true }
      sources[path] = Self.source(path)
      return sources[path] != nil
    }
    var request = request
    request.endsEarly = drawn.isFilled
    let command = GraphCommand(drawn.graph, request) { field in
      drawn.files[field.name].flatMap { sources[$0] ?? Self.source($0) }
    }
    return Picture(png: try draw(command), findings: command.findings)
  }

  /// Why a file cannot be read is the writer's to tell.
  private static func source(_ path: String) -> GraphSource? {
    guard let header = try? RRDFile(path).header() else { return nil }
    return GraphSource(path: path, lastUpdate: header.lastUpdate, step: header.step)
  }

  /// Draws what the command says. Returns a PNG file.
  public func draw(_ command: GraphCommand) throws(RRDError) -> [UInt8] {
    // The name - means memory; after -- nothing is an option.
    let arguments = CArguments(["graph"] + command.options + ["--", "-"] + command.elements)
    rrd_clear_error()
    guard let list = rrd_graph_v(arguments.count, arguments.baseAddress) else {
      throw RRDError("cannot draw the graph", path: "")
    }
    defer { rrd_info_free(list) }
    var next: UnsafeMutablePointer<rrd_info_t>? = list
    while let entry = next {
      if entry.pointee.type == RD_I_BLO, String(cString: entry.pointee.key) == "image" {
        let blob = entry.pointee.value.u_blo
        guard blob.size > 0, blob.size <= Self.largestPicture, let start = blob.ptr else { break }
        return Array(UnsafeBufferPointer(start: start, count: Int(blob.size)))
      }
      next = entry.pointee.next
    }
    throw RRDError(.other, "cannot draw the graph: librrd gave no picture")
  }

  /// The time of the newest value of a file, in seconds since 1970.
  public func lastUpdate(_ path: String) throws(RRDError) -> Int {
    try RRDFile(path).lastUpdate()
  }

  /// The rows between two times, at the resolution closest to `resolution` seconds.
  public func fetch(
    _ path: String, _ consolidation: RRDConsolidation, start: Int, end: Int, resolution: Int
  ) throws(RRDError) -> RRDRows {
    try RRDFile(path).fetch(consolidation, start: start, end: end, resolution: resolution)
  }
}
