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
    guard time > 0, text.utf8.count <= longest else { return false }
    reserve(longest + 24)
    var end = used
    appendDigits(of: time, at: &end)
    put(0x3A, at: &end)
    for byte in text.utf8 {
      guard ValueArguments.isPlain(byte) else { return false }
      put(byte, at: &end)
    }
    put(0, at: &end)
    starts.append(used)
    used = end
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

  private func put(_ byte: UInt8, at end: inout Int) {
    bytes[end] = CChar(bitPattern: byte)
    end += 1
  }

  private func appendDigits(of time: Int, at end: inout Int) {
    let start = end
    var rest = time
    repeat {
      put(0x30 + UInt8(rest % 10), at: &end)
      rest /= 10
    } while rest > 0
    var digits = UnsafeMutableBufferPointer(start: bytes + start, count: end - start)
    digits.reverse()
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
