internal import Glibc

/// What a reply to `fetch` looks like when it has just the values that the config promises, in the order of the config: the
/// beginnings of its lines. A reply that is so needs no other reading than that of its numbers; any other goes to
/// ``FetchAnswer``, and both say the same of it.
public struct FetchPattern: Sendable {
  /// `multigraph NAME` for each graph, and below it `FIELD.value ` for each of its fields.
  private let lines: [UInt8]
  /// Whether the first graph is the service's own, which needs no line of its own.
  private let isFirstOwn: Bool
  /// How many values there are.
  public let count: Int

  private static let graphStart: StaticString = "multigraph "
  private static let valueEnd: StaticString = ".value "

  /// - Parameters:
  ///   - graphs: of the service's config, in its order.
  ///   - service: as the node lists it.
  public init(_ graphs: [Graph], service: String) {
    var lines: [UInt8] = []
    var count = 0
    for graph in graphs {
      lines += "multigraph ".utf8
      lines += graph.name.utf8
      lines.append(0x0A)
      for field in graph.fields {
        lines += field.name.utf8
        lines += ".value \n".utf8
        count += 1
      }
    }
    self.lines = lines.withUnsafeBufferPointer { Array($0) }
    self.count = count
    isFirstOwn = graphs.first?.name == masterServiceName(service)
  }

  /// Reads a reply, without its last line `.`; `nil` when it is not quite what the config promises.
  public func match(_ reply: Span<UInt8>) -> PlainReply? {
    guard count > 0, reply.count <= UInt32.max else { return nil }
    var values: [PlainValue] = []
    values.reserveCapacity(count)
    var position = 0
    var isFirst = true
    var start = 0
    while let end = lines.span.firstIndex(of: 0x0A, from: start) {
      let wanted = end - start
      let isThere = reply.count - position >= wanted && isEqual(start, wanted, in: reply, position)
      // Only the lines of values end with a blank.
      if lines[end - 1] != 0x20 {
        if isThere, position + wanted < reply.count, reply[position + wanted] == 0x0A {
          position += wanted + 1
        } else if !isFirst || !isFirstOwn {
          return nil
        }
      } else {
        guard isThere else { return nil }
        position += wanted
        guard let value = PlainValue(reply, at: &position) else { return nil }
        values.append(value)
      }
      isFirst = false
      start = end + 1
    }
    guard position == reply.count else { return nil }
    return PlainReply(
      bytes: reply.withUnsafeBufferPointer { Array($0) }, values: values, pattern: self)
  }

  private func isEqual(
    _ start: Int, _ count: Int, in reply: Span<UInt8>, _ position: Int
  ) -> Bool {
    reply.withUnsafeBytes { reply in
      lines.withUnsafeBytes {
        memcmp($0.baseAddress! + start, reply.baseAddress! + position, count) == 0
      }
    }
  }

  /// Shows the name of each graph, and of each field below it.
  func forEachLine(_ body: (_ name: Span<UInt8>, _ isGraph: Bool) -> Void) {
    let bytes = lines.span
    var start = 0
    while let end = bytes.firstIndex(of: 0x0A, from: start) {
      let isGraph = bytes[end - 1] != 0x20
      let name =
        isGraph
        ? (start + FetchPattern.graphStart.utf8CodeUnitCount)..<end
        : start..<(end - FetchPattern.valueEnd.utf8CodeUnitCount)
      body(bytes.extracting(name), isGraph)
      start = end + 1
    }
  }

  /// Shows the name of each graph, and which of all values are its own.
  func forEachGraph(_ body: (_ name: Span<UInt8>, _ values: Range<Int>) -> Void) {
    let bytes = lines.span
    var name = 0..<0
    var first = 0
    var next = 0
    var start = 0
    while let end = bytes.firstIndex(of: 0x0A, from: start) {
      if bytes[end - 1] != 0x20 {
        if !name.isEmpty { body(bytes.extracting(name), first..<next) }
        name = (start + FetchPattern.graphStart.utf8CodeUnitCount)..<end
        first = next
      } else {
        next += 1
      }
      start = end + 1
    }
    if !name.isEmpty { body(bytes.extracting(name), first..<next) }
  }
}
