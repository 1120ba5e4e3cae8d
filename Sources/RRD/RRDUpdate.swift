/// One value for one file.
public struct RRDUpdate: Sendable, Hashable {
  public let file: RRDTarget
  /// When the value was taken, in seconds since 1970.
  public var time: Int
  /// The number as librrd takes it, or `U`: see `Reading.rrdText`. Empty when only the file is to be made.
  public var text: String

  public var number: UInt32 { file.number }
  public var path: String { file.path }
  public var spec: RRDSpec { file.spec }
  public var formerPath: String? { file.formerPath }

  public init(_ file: RRDTarget, time: Int, text: String) {
    self.file = file
    self.time = time
    self.text = text
  }
}

extension [RRDUpdate] {
  /// The updates of each file that follow each other.
  var rangesByFile: [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    while start < count {
      var end = start + 1
      let file = self[start].file
      while end < count,
        self[end].file === file
          || self[end].file.number == file.number && self[end].file.path == file.path
      { end += 1 }
      ranges.append(start..<end)
      start = end
    }
    return ranges
  }

  /// The same in parts, one after the other: a file that becomes another one gets its own values before that.
  var partsByRename: [[Range<Int>]] {
    var parts: [[Range<Int>]] = [[]]
    var paths: Set<String> = []
    let ranges = rangesByFile
    // Hardly a field has an old name.
    let hasFormer = ranges.contains { self[$0.lowerBound].formerPath != nil }
    guard hasFormer else { return [ranges] }
    for range in ranges {
      if let former = self[range.lowerBound].formerPath, paths.contains(former) {
        parts.append([])
        paths = []
      }
      parts[parts.count - 1].append(range)
      paths.insert(self[range.lowerBound].path)
    }
    return parts
  }
}
