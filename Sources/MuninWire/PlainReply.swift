/// A reply to `fetch` as nearly all are: one number for each field of the config, in its order, and nothing else. It was
/// compared with its ``FetchPattern``, and needs no further reading.
public struct PlainReply: Sendable {
  /// The reply.
  public let bytes: [UInt8]
  /// One for each field of each graph of the config.
  public let values: [PlainValue]
  private let pattern: FetchPattern

  init(bytes: [UInt8], values: [PlainValue], pattern: FetchPattern) {
    self.bytes = bytes
    self.values = values
    self.pattern = pattern
  }

  /// Lends the bytes of a number, or `U`.
  public func withText<Result>(of value: PlainValue, _ body: (Span<UInt8>) -> Result) -> Result {
    let start = Int(value.start)
    return body(bytes.span.extracting(start..<start + Int(value.count)))
  }

  /// A value as the general reader gives it.
  public func reading(of value: PlainValue) -> Reading {
    let reading = withText(of: value) { Reading($0) } ?? .unknown
    return reading.taken(at: value.time)
  }

  /// Shows each graph, and which of the values are its own.
  public func forEachGraph(_ body: (_ name: String, _ values: Range<Int>) -> Void) {
    pattern.forEachGraph { name, fields in body(String(copying: name), fields) }
  }

  /// The same as ``FetchAnswer/graphs``.
  public var graphs: [FetchedGraph] {
    var graphs: [FetchedGraph] = []
    var values = self.values.makeIterator()
    pattern.forEachLine { line, isGraph in
      if isGraph {
        graphs.append(FetchedGraph(name: String(copying: line)))
      } else if let value = values.next() {
        graphs[graphs.count - 1].values.append(
          FetchedValue(field: String(copying: line), reading: reading(of: value)))
      }
    }
    return graphs.filter { !$0.values.isEmpty }
  }
}

/// A value of a ``PlainReply``.
public struct PlainValue: Sendable {
  /// How the number is written.
  public enum Shape: Sendable {
    /// `U`
    case unknown
    /// `17`
    case whole
    /// `-17`
    case negative
    /// `0.5`, `-0.5`
    case fraction
  }

  /// What the number is.
  public enum Number: Sendable {
    case unknown
    case whole(UInt64)
    case real(Double)
  }

  /// Where its text is in the reply.
  let start: UInt32
  /// The bytes of its text, at most 60.
  public let count: UInt8
  public let shape: Shape
  public let number: Number
  private let ownTime: Int

  /// When it was taken, in seconds since 1970, if the node said so.
  public var time: Int? { ownTime < 0 ? nil : ownTime }

  private static let longest = 60

  /// Reads what follows `field.value `, up to the end of the line and over it; `nil` for anything that is not quite plain.
  init?(_ reply: Span<UInt8>, at position: inout Int) {
    var start = position
    var end = PlainValue.digits(in: reply, from: start)
    var time = -1
    if end < reply.count, reply[end] == 0x3A, end > start, end - start <= 13 {
      guard let seconds = parseUnsigned(reply.extracting(start..<end)),
        seconds <= Reading.latestTime
      else { return nil }
      time = Int(seconds)
      start = end + 1
      end = PlainValue.digits(in: reply, from: start)
    }
    var shape = Shape.whole
    if start < reply.count, reply[start] == 0x55 {
      shape = .unknown
      end = start + 1
    } else {
      var first = start
      if start < reply.count, reply[start] == 0x2D {
        shape = .negative
        first += 1
        end = PlainValue.digits(in: reply, from: first)
      }
      guard end > first else { return nil }
      if end < reply.count, reply[end] == 0x2E {
        shape = .fraction
        let point = end
        end = PlainValue.digits(in: reply, from: point + 1)
        guard end > point + 1 else { return nil }
      }
    }
    guard end - start <= PlainValue.longest else { return nil }
    let text = reply.extracting(start..<end)
    switch shape {
    case .unknown: number = .unknown
    case .whole:
      if let whole = parseUnsigned(text) {
        number = .whole(whole)
      } else {
        guard let value = parseNumber(text) else { return nil }
        number = .real(value)
      }
    case .negative, .fraction:
      guard let value = parseNumber(text) else { return nil }
      number = .real(value)
    }
    if end < reply.count {
      guard reply[end] == 0x0A else { return nil }
      position = end + 1
    } else {
      position = end
    }
    self.start = UInt32(truncatingIfNeeded: start)
    self.count = UInt8(truncatingIfNeeded: end - start)
    self.shape = shape
    ownTime = time
  }

  private static func digits(in reply: Span<UInt8>, from start: Int) -> Int {
    var end = start
    while end < reply.count, reply[end].isDigit { end += 1 }
    return end
  }
}
