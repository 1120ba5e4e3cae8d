internal import CRRD

/// The `time:value` arguments of one update, formed in memory that is used again for the next: with
/// 40,000 files in a cycle, a `String` for each would cost as much as a tenth of librrd's own work.
final class ValueArguments {
  private var bytes: UnsafeMutablePointer<CChar>
  private var capacity = 4096
  private var used = 0
  private var starts: [Int] = []
  private var pointers: [UnsafePointer<CChar>?] = []

  init() { bytes = .allocate(capacity: capacity) }

  deinit { bytes.deallocate() }

  var isEmpty: Bool { starts.isEmpty }

  func removeAll() {
    used = 0
    starts.removeAll(keepingCapacity: true)
  }

  private static let longest = 64

  /// Whether librrd reads the text as one value, and not as a second one or its other way to write times.
  static func isPlain(_ text: String) -> Bool {
    text.utf8.count <= longest && text.utf8.allSatisfy { isPlain($0) }
  }

  private static func isPlain(_ byte: UInt8) -> Bool { byte > 0x20 && byte != 0x3A && byte != 0x40 }

  /// Adds a value. False, and nothing is added, when it could be read as something else: a second
  /// value, librrd's other way to write times, a time before 1970, which librrd counts from now.
  func append(time: Int, text: String) -> Bool {
    let longest = ValueArguments.longest
    let length = text.utf8.count
    guard time > 0, length <= longest else { return false }
    reserve(longest + 24)
    let start = bytes + used
    let end = start + ValueArguments.put(time, at: start)
    var text = text
    let isPlain = text.withUTF8 { text in
      for place in 0..<length {
        guard ValueArguments.isPlain(text[place]) else { return false }
        end[place] = CChar(bitPattern: text[place])
      }
      return true
    }
    guard isPlain else { return false }
    end[length] = 0
    starts.append(used)
    used += (end - start) + length + 1
    return true
  }

  /// Hands all values to librrd; values not newer than the file are passed over.
  func update(_ path: String) -> Bool {
    pointers.removeAll(keepingCapacity: true)
    for start in starts { pointers.append(UnsafePointer(bytes + start)) }
    let count = Int32(pointers.count)
    let result = path.withCString { path in
      pointers.withUnsafeMutableBufferPointer {
        rrd_updatex_r(path, nil, RRD_SKIP_PAST_UPDATES, count, $0.baseAddress)
      }
    }
    return result == 0
  }

  /// Writes the digits of a time and a colon.
  /// - Returns: how many bytes these are.
  private static func put(_ time: Int, at start: UnsafeMutablePointer<CChar>) -> Int {
    var count = 1
    var limit = 10
    while time >= limit, count < 18 {
      limit *= 10
      count += 1
    }
    if time >= limit { count += 1 }
    var rest = time
    for place in stride(from: count - 1, through: 0, by: -1) {
      start[place] = CChar(truncatingIfNeeded: 0x30 + rest % 10)
      rest /= 10
    }
    start[count] = 0x3A
    return count + 1
  }

  private func reserve(_ count: Int) {
    guard used + count > capacity else { return }
    let larger = UnsafeMutablePointer<CChar>.allocate(capacity: 2 * capacity + count)
    larger.update(from: bytes, count: used)
    bytes.deallocate()
    bytes = larger
    capacity = 2 * capacity + count
  }
}
