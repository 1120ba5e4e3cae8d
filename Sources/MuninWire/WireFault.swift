/// Something in a node's reply that is not as it should be. The rest of the reply still counts.
public struct WireFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line of the reply, counted from 1.
  public let line: Int
  /// What is wrong with it.
  public let message: String
  public let subject: Subject

  /// What a fault is about.
  public enum Subject: Sendable {
    /// The form of the reply.
    case reply
    /// A value that is not a number: the reading says so too (``Reading/isMalformed``).
    case value
    /// A limit that is not a range of numbers: whoever judges by it finds that too.
    case limit
  }

  /// A fault in a line.
  public init(line: Int, message: String, subject: Subject = .reply) {
    self.line = line
    self.message = message
    self.subject = subject
  }

  public var description: String { "line \(line): \(message)" }
}

/// How much of one reply is read, far above what real plugins send, so that the memory a hostile reply
/// costs is bounded. The rest becomes a fault.
enum WireBounds {
  static let line = 65_536
  static let graphs = 2_000
  static let fields = 10_000
  static let attributes = 100
  static let faults = 50
}

/// The faults of one reply, as many as are worth reading.
struct FaultList {
  private(set) var faults: [WireFault] = []

  mutating func add(
    _ line: Int, _ message: @autoclosure () -> String, about subject: WireFault.Subject = .reply
  ) {
    if faults.count < WireBounds.faults {
      faults.append(WireFault(line: line, message: message(), subject: subject))
    } else if faults.count == WireBounds.faults {
      faults.append(WireFault(line: line, message: "more faults, not listed"))
    }
  }
}

/// The bytes as part of a message: what is not printable becomes `?`, and it stays short.
func excerpt(_ bytes: Span<UInt8>) -> String {
  let shown = bytes.withUnsafeBufferPointer { buffer in
    buffer.prefix(40).map { (0x20..<0x7F).contains($0) ? $0 : 0x3F }
  }
  return "'" + String(copying: shown.span) + (bytes.count > 40 ? "…'" : "'")
}
