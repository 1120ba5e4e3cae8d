internal import MuninWire
internal import Text

/// Draws a server's processes, those that look alike as one line with their number.
struct TreeDrawing {
  /// Seconds of processor time that each process had used at the look before.
  let usage: [ProcessKey: Double]
  /// Seconds since then.
  let seconds: Double

  /// A line is about as wide as a terminal.
  private static let longestTitle = 60
  /// A chain of parents that is longer is drawn no further.
  private static let deepest = 32

  /// A server: a line about all of it, then its tree.
  func text(_ server: TreeView.Server) -> String {
    let count = server.living
    var parts = [
      "\(server.name): \(server.isUp ? "up" : "DOWN")",
      "\(count) process\(count == 1 ? "" : "es") (\(server.children) children)",
      "PSS \(size(server.memory, server.isEstimated))",
      "CPU \(percent(server.processes))",
    ]
    if count == 0 { parts.removeLast(2) }
    let pids = Set(server.processes.map(\.pid))
    let roots = server.processes.filter { !pids.contains($0.parent) || $0.parent == $0.pid }
    var children: [UInt32: [TreeView.Process]] = [:]
    for process in server.processes where process.parent != process.pid {
      children[process.parent, default: []].append(process)
    }
    var rows = [["PID", "PSS", "CPU", "AGE", ""]]
    for root in roots { draw([root], "", "", children, 0, &rows) }
    if server.processes.isEmpty { rows = [] }
    return parts.joined(separator: ", ") + "\n" + table(rows)
  }

  /// - Parameters:
  ///   - group: processes that look alike; one that has children is alone.
  ///   - branch: what stands before the title.
  ///   - stem: what stands before the titles of those below.
  private func draw(
    _ group: [TreeView.Process], _ branch: String, _ stem: String,
    _ children: [UInt32: [TreeView.Process]], _ depth: Int, _ rows: inout [[String]]
  ) {
    guard let first = group.first, depth < TreeDrawing.deepest else { return }
    let memories = group.compactMap(\.memory)
    let memory = memories.isEmpty ? nil : memories.reduce(0, &+)
    let ages = group.map(\.age)
    var title = TreeDrawing.printable(TreeDrawing.withoutFolder(first.title))
    if group.count > 1 { title = "\(group.count) x \(title)" }
    if first.threads > 1 { title += " {\(first.threads) threads}" }
    if let word = TreeDrawing.states[first.state] { title += " (\(word))" }
    rows.append([
      group.count == 1 ? "\(first.pid)" : "", size(memory, group.contains(where: \.isEstimated)),
      percent(group), age(ages.min() ?? 0, ages.max() ?? 0), branch + title,
    ])
    guard group.count == 1 else { return }
    let groups = alike(children[first.pid] ?? [], children)
    for (index, below) in groups.enumerated() {
      let isLast = index == groups.count - 1
      draw(
        below, stem + (isLast ? "└─ " : "├─ "), stem + (isLast ? "   " : "│  "), children,
        depth + 1,
        &rows)
    }
  }

  /// Processes in groups of the same look: same title, state and threads, nobody below.
  private func alike(
    _ processes: [TreeView.Process], _ children: [UInt32: [TreeView.Process]]
  ) -> [[TreeView.Process]] {
    struct Look: Hashable {
      var title: [UInt8]
      var state: UInt8
      var threads: UInt64
    }
    var groups: [[TreeView.Process]] = []
    var places: [Look: Int] = [:]
    for process in processes {
      // Who happens to run in this very moment is no other kind of process.
      let state = TreeDrawing.states[process.state] == nil ? 0 : process.state
      let look = Look(title: process.title, state: state, threads: process.threads)
      if children[process.pid] == nil, let place = places[look] {
        groups[place].append(process)
      } else {
        if children[process.pid] == nil { places[look] = groups.count }
        groups.append([process])
      }
    }
    return groups
  }

  /// States that are worth a word.
  private static let states: [UInt8: String] = [
    0x44: "waiting for a disk", 0x54: "stopped", 0x74: "held by a debugger", 0x5A: "zombie",
  ]

  // MARK: Numbers

  private func percent(_ processes: [TreeView.Process]) -> String {
    var used = 0.0
    for process in processes {
      // A new one has used all it has since the look before.
      used += max(0, process.processorTime - (usage[ProcessKey(process)] ?? 0))
    }
    return seconds > 0 ? formatted(100 * used / seconds, digits: 1) + " %" : "-"
  }

  private func size(_ bytes: UInt64?, _ isEstimated: Bool) -> String {
    guard let bytes else { return "-" }
    return (isEstimated ? "~" : "") + Amount.text(Double(bytes), base: 1024, unit: "B")
  }

  private func age(_ least: Double, _ most: Double) -> String {
    let (from, to) = (TreeDrawing.span(least), TreeDrawing.span(most))
    return from == to ? from : "\(from) - \(to)"
  }

  private static func span(_ seconds: Double) -> String {
    TimeSpan.short(seconds.isNaN ? 0 : Int(min(max(seconds, 0), 1e15)))
  }

  // MARK: Text

  /// The program by its name, as people know it: `apache2 -k start` of `/usr/sbin/apache2 -k start`.
  private static func withoutFolder(_ title: [UInt8]) -> ArraySlice<UInt8> {
    guard title.first == 0x2F else { return title[...] }
    let end = title.firstIndex(of: 0x20) ?? title.endIndex
    return title[(title[..<end].lastIndex(of: 0x2F)! + 1)...]
  }

  /// A title that does nothing to a terminal: what is no printable ASCII is shown as its number.
  private static func printable(_ title: ArraySlice<UInt8>) -> String {
    var text = ""
    for byte in title.prefix(longestTitle) {
      if byte == 0x5C {
        text += "\\\\"
      } else if byte >= 0x20, byte < 0x7F {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16)
        text += "\\x" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return title.count > longestTitle ? text + "..." : text
  }

  /// Numbers to the right, titles to the left.
  private func table(_ rows: [[String]]) -> String {
    guard let first = rows.first else { return "" }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max()! }
    return rows.map { row in
      let cells = row.indices.map { column in
        column == row.count - 1
          ? row[column]
          : String(repeating: " ", count: widths[column] - row[column].count) + row[column]
      }
      return "  " + cells.joined(separator: "  ").trimmedAtEnd + "\n"
    }.joined()
  }
}

extension String {
  fileprivate var trimmedAtEnd: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
