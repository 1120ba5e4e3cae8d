public import Ledger
public import RRD
internal import Recording
internal import Text

/// The values of a part of the history as text, each time at the finest resolution that is kept of it.
public struct HistoryExport: Sendable {
  /// How values are written.
  public enum Format: String, Sendable, CaseIterable {
    /// RFC 4180, with a header.
    case csv
    /// A JSON object in each line.
    case jsonl
    /// OpenMetrics text, as `promtool tsdb create-blocks-from openmetrics` takes it.
    case openmetrics
  }

  /// A file and what it holds.
  public struct Series: Sendable, Hashable {
    public let path: String
    public let node: String
    public let graph: String
    public let field: String
  }

  /// In the order of nodes and files.
  public let series: [Series]

  /// Finds the files of a target.
  /// - Parameters:
  ///   - configured: the nodes of munin.conf.
  ///   - directory: the folder of all files.
  public init(_ text: String, ledger: Ledger?, configured: [String], directory: String) async throws
  {
    let inventory = try await HistoryInventory(ledger: ledger, configured: configured)
    let target = try inventory.target(text)
    let known = inventory.files(in: directory)
    let nodes =
      target.scope == .group
      ? inventory.known.filter { target.contains(node: $0) }.sorted() : [target.path]
    var series: [Series] = []
    for node in nodes {
      let part = target.scope == .group ? HistoryTarget(path: node, scope: .node) : target
      let names = inventory.fileNames(of: node)
      for file in known.files(of: part) {
        guard let key = names[file] ?? HistoryFiles.series(of: file, of: node) else { continue }
        series.append(
          Series(path: "\(directory)/\(file)", node: node, graph: key.graph, field: key.field))
      }
    }
    guard !series.isEmpty else { throw HistoryError("no history of \(target) in \(directory)") }
    self.series = series
  }

  // MARK: Text

  /// What stands before all values.
  public static func head(_ format: Format) -> String {
    switch format {
    case .csv: "time,node,graph,field,value\n"
    case .jsonl: ""
    case .openmetrics: "# TYPE munin_value gauge\n"
    }
  }

  /// What stands behind them.
  public static func end(_ format: Format) -> String { format == .openmetrics ? "# EOF\n" : "" }

  /// The known values of a series; those that are not known are left out.
  public static func text(_ rows: [RRDRows], of series: Series, _ format: Format) -> String {
    var text = ""
    let start: String
    let middle: String
    switch format {
    case .csv:
      (start, middle) = ("", ",\(csv(series.node)),\(csv(series.graph)),\(csv(series.field)),")
    case .jsonl:
      start = "{\"time\":"
      middle =
        ",\"node\":\(quoted(series.node)),\"graph\":\(quoted(series.graph)),\"field\":\(quoted(series.field)),\"value\":"
    case .openmetrics:
      // A series that the ledger does not know is named by its file, whose name may hold any character.
      let labels = OpenMetrics.labels([
        ("node", series.node), ("graph", series.graph), ("field", series.field),
      ])
      start =
        "munin_value\(String(decoding: labels, as: UTF8.self)) "
      middle = ""
    }
    for part in rows {
      for (index, value) in part.values.enumerated() where value.isFinite {
        let time = part.time(of: index)
        switch format {
        case .csv: text += "\(time)\(middle)\(value)\n"
        case .jsonl: text += "\(start)\(time)\(middle)\(value)}\n"
        case .openmetrics: text += "\(start)\(value) \(time)\n"
        }
      }
    }
    return text
  }

  /// RFC 4180, section 2.
  private static func csv(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// A string of JSON.
  private static func quoted(_ text: String) -> String {
    var json = JSON()
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
