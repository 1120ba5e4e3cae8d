/// One value for one file.
public struct RRDUpdate: Sendable, Hashable {
  /// The number of the file's series, under which the writer remembers what the file is. 0: it is looked at each time.
  public var number: UInt32
  /// The file, as `rrdFile` below `dbdir`.
  public var path: String
  /// When the value was taken, in seconds since 1970.
  public var time: Int
  /// The number as librrd takes it, or `U`: see `Reading.rrdText`. Empty when only the file is to be made.
  public var text: String
  /// What the file is to be when it must be created, and to which it is tuned.
  public var spec: RRDSpec
  /// The file of the field's `oldname`, taken over when there is no file yet.
  public var formerPath: String?

  public init(
    number: UInt32 = 0, path: String, time: Int, text: String, spec: RRDSpec,
    formerPath: String? = nil
  ) {
    self.number = number
    self.path = path
    self.time = time
    self.text = text
    self.spec = spec
    self.formerPath = formerPath
  }
}

extension [RRDUpdate] {
  /// The updates of each file that follow each other.
  var rangesByFile: [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, self[end].number == self[start].number, self[end].path == self[start].path
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
