internal import MuninWire

/// What a plugin said of itself, kept with its bytes: the same bytes need not be understood twice.
final class ServiceConfig: Sendable {
  /// The reply to `config` without its last line; empty when it brought values along, for then it never
  /// comes twice.
  let bytes: [UInt8]
  let graphs: [Graph]
  let updateRate: Int?
  /// What was odd in it; told in each poll, for as long as it is so.
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

/// One plugin's part of a poll.
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

/// All that a node said in one conversation.
struct Poll: Sendable {
  /// What the node calls itself.
  var nodeName: String
  var services: [PolledService]
  /// What was odd in its answers.
  var faults: [String]
  /// In seconds.
  var duration: Double
}

/// A node could not be polled.
struct PollFailure: Error, Equatable, CustomStringConvertible {
  let description: String
  /// Whether it happened between the banner and the last answer: several requests at a time may be too much, or one
  /// at a time no help.
  var isWhileAsking = false
}
