/// The lines of one BATCH for rrdcached, and what each of its commands is for.
struct RRDCachedBatch {
  /// What a command does, and for which file: its place among those of the round.
  struct Command {
    enum Kind { case create, update, flush, forget }
    let kind: Kind
    let file: Int
  }

  private(set) var bytes: [UInt8] = Array("BATCH\n".utf8)
  private(set) var commands: [Command] = []

  /// rrdcached reads lines of at most 4,096 bytes.
  private static let longestLine = 4000

  var isEmpty: Bool { commands.isEmpty }

  /// The whole text.
  var text: [UInt8] { bytes + ".\n".utf8 }

  /// Gives a file as many of its values as a line holds.
  /// - Returns: the place behind the last value that found room; `nil` where the path cannot be written in a line.
  mutating func update(
    _ file: Int, _ path: String, _ updates: [RRDUpdate], _ range: Range<Int>
  ) -> Int? {
    let start = bytes.count
    bytes += "UPDATE ".utf8
    guard append(path) else {
      bytes.removeSubrange(start...)
      return nil
    }
    var next = range.lowerBound
    while next < range.upperBound {
      let value = " \(updates[next].time):\(updates[next].text)".utf8
      guard
        bytes.count - start + value.count < RRDCachedBatch.longestLine || next == range.lowerBound
      else { break }
      bytes += value
      next += 1
    }
    end(.update, file)
    return next
  }

  /// Has a file written that rrdcached keeps values of.
  mutating func flush(_ file: Int, _ path: String) { add("FLUSH ", path, "", .flush, file) }

  /// Has rrdcached look at the file anew.
  mutating func forget(_ file: Int, _ path: String) { add("FORGET ", path, "", .forget, file) }

  /// Makes a file, where there is none.
  mutating func create(_ file: Int, _ path: String, _ spec: RRDSpec, start: Int) {
    let options = " -b \(start) -s \(spec.step) -O " + spec.createArguments.joined(separator: " ")
    add("CREATE ", path, options, .create, file)
  }

  private mutating func add(
    _ word: String, _ path: String, _ rest: String, _ kind: Command.Kind, _ file: Int
  ) {
    let start = bytes.count
    bytes += word.utf8
    guard append(path) else {
      bytes.removeSubrange(start...)
      return
    }
    bytes += rest.utf8
    end(kind, file)
  }

  private mutating func end(_ kind: Command.Kind, _ file: Int) {
    bytes.append(UInt8(ascii: "\n"))
    commands.append(Command(kind: kind, file: file))
  }

  /// A path as one word. A backslash takes the meaning from what follows it; there is none for control characters.
  private mutating func append(_ path: String) -> Bool {
    for byte in path.utf8 {
      guard byte >= 0x20, byte != 0x7F else { return false }
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\\") {
        bytes.append(UInt8(ascii: "\\"))
      }
      bytes.append(byte)
    }
    return path.utf8.count < RRDCachedBatch.longestLine / 2
  }
}
