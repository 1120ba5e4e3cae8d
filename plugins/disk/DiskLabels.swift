/// The labels of disks, and the width of graphs: as wide as the longest label and the four numbers of its legend need.
struct DiskLabels {
  /// The width of a graph in pixels.
  let width: Int
  /// How many characters there is room for; `nil` when the graph grows instead.
  private let room: (long: Int, short: Int)?

  /// Pixels of a character and of the frame, and characters of the numbers in the legend: munin's own measures.
  private static let character = 6
  private static let frame = 97
  private static let padding = 10
  private static let numbers = 32
  private static let pairsOfNumbers = 64

  init(_ disks: [Disk], _ settings: [String: String]) {
    let wanted = settings["graph_width"].flatMap(Int.init).flatMap {
      (1...10_000).contains($0) ? $0 : nil
    }
    let usual = wanted ?? 400
    if let trim = settings["trim_labels"], !["", "0", "no"].contains(trim) {
      func room(_ numbers: Int) -> Int {
        max((usual + DiskLabels.frame) / DiskLabels.character - DiskLabels.padding - numbers, 4)
      }
      width = usual
      self.room = (room(DiskLabels.numbers), room(DiskLabels.pairsOfNumbers))
    } else {
      func needed(_ numbers: Int, _ labels: [String]) -> Int {
        let longest = labels.map(\.utf8.count).max() ?? 0
        let pixels =
          DiskLabels.character * (DiskLabels.padding + numbers + longest) - DiskLabels.frame
        return pixels <= usual ? usual : usual + (pixels - usual + 49) / 50 * 50
      }
      width = max(
        needed(DiskLabels.pairsOfNumbers, disks.map(\.shortLabel)),
        needed(DiskLabels.numbers, disks.map(\.label)))
      room = nil
    }
  }

  func long(_ disk: Disk) -> String { cut(disk.label, room?.long) }

  func short(_ disk: Disk) -> String { cut(disk.shortLabel, room?.short) }

  /// The end of a name tells more than its beginning.
  private func cut(_ label: String, _ room: Int?) -> String {
    guard let room, label.count > room else { return label }
    return ".." + label.suffix(room - 2)
  }
}
