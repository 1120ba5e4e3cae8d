internal import MuninWire

/// A service's config, parsed, with its bytes: the same bytes are not parsed twice.
final class ServiceConfig: Sendable {
  /// The reply to `config` without its last line; empty when it brought values along, for then it never
  /// comes twice.
  let bytes: [UInt8]
  let graphs: [Graph]
  let updateRate: Int?
  /// Lines that could not be understood; reported in each poll while they are in the config.
  let faults: [String]

  init(_ reply: Span<UInt8>, _ answer: ConfigAnswer) {
    bytes = answer.hasReadings ? [] : reply.withUnsafeBufferPointer { Array($0) }
    graphs = answer.graphs
    faults = answer.faults.prefix(3).map(\.description)
    updateRate = answer.graphs.lazy.compactMap(\.updateRate).first
  }

  func isSame(as reply: Span<UInt8>) -> Bool {
    guard !bytes.isEmpty, bytes.count == reply.count else { return false }
    return reply.withUnsafeBufferPointer { $0.elementsEqual(bytes) }
  }

  /// The values that came with a config, as a fetch would have brought them.
  static func readings(of answer: ConfigAnswer) -> [FetchedGraph] {
    answer.graphs.map { graph in
      var fetched = FetchedGraph(name: graph.name)
      for field in graph.fields {
        fetched.values += field.readings.map { FetchedValue(field: field.name, reading: $0) }
      }
      return fetched
    }
  }
}

/// One service's part of a poll.
struct PolledService: Sendable {
  let name: String
  /// `nil` when it gave none this time.
  var config: ServiceConfig?
  var values: [FetchedGraph] = []
  /// When the values were read, in seconds since 1970; `nil` when there was nothing to read.
  var readTime: Int?
  var trouble: String?

  init(name: String) { self.name = name }
}

/// Everything that a node said in one dialogue.
struct Poll: Sendable {
  /// What the node calls itself.
  var nodeName: String
  var services: [PolledService]
  /// Lines of its replies that could not be understood.
  var faults: [String]
  /// In seconds.
  var duration: Double
}

/// A node could not be polled.
struct PollFailure: Error, Equatable, CustomStringConvertible {
  let description: String
  /// Whether it happened between the banner and the last reply, so that the other way of asking (pipelined or one request at a
  /// time) may work better.
  var isWhileAsking = false
}
