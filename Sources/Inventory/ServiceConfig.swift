internal import Glibc
public import MuninWire

/// A service's config as the node sent it: the same bytes are not parsed twice.
public final class ServiceConfig: Sendable {
  /// The reply to `config` without its last line, and without the values that it brought along.
  public let bytes: [UInt8]
  /// Whether values came along: then the same bytes never come twice.
  public let bringsValues: Bool
  /// What a reply to `fetch` looks like that brings one value for each field.
  public let fetchPattern: FetchPattern
  /// The rate that the plugin prints.
  public let updateRate: UpdateRate?
  /// Whether some graph has fields that are made of fields of other graphs.
  public let borrows: Bool
  /// Lines that could not be understood; reported in each poll while they are in the config.
  public let faults: [String]
  private let service: String
  /// The graphs, where the bytes alone do not say all of them: a field may be known by its value only.
  private let kept: [Graph]?

  /// - Parameter service: as the node lists it.
  public init(_ reply: Span<UInt8>, _ answer: ConfigAnswer, service: String) {
    self.service = service
    bringsValues = answer.hasReadings
    bytes =
      answer.hasReadings
      ? ServiceConfig.description(in: reply) : reply.withUnsafeBufferPointer { Array($0) }
    if answer.hasReadings {
      var graphs = answer.graphs
      for graph in graphs.indices {
        for field in graphs[graph].fields.indices { graphs[graph].fields[field].readings = [] }
      }
      kept = graphs
      fetchPattern = FetchPattern([], service: service)
    } else {
      kept = nil
      fetchPattern = FetchPattern(answer.graphs, service: service)
    }
    faults = ServiceConfig.told(answer.faults)
    borrows = answer.graphs.contains(where: VirtualGraph.isNeeded)
    updateRate = answer.graphs.lazy.compactMap { $0["update_rate"].flatMap(UpdateRate.init) }.first
  }

  /// The graphs, in the order of the config. They are parsed anew each time: few ask for them, and as texts they take more
  /// memory than all else that is known of a service.
  public var graphs: [Graph] {
    if let kept { return kept }
    let bytes = self.bytes
    return ConfigAnswer(bytes.span, service: service).graphs
  }

  /// The faults of one reply that are told with the replies: at most three, and the number of the others. What is wrong with values and
  /// limits is a finding of their field.
  public static func told(_ faults: [WireFault]) -> [String] {
    guard !faults.isEmpty else { return [] }
    let faults = faults.filter { $0.subject == .reply }
    let more = faults.count > 3 ? ["\(faults.count - 3) more lines of that kind"] : []
    return faults.prefix(3).map(\.description) + more
  }

  public func isSame(as reply: Span<UInt8>) -> Bool {
    guard !bringsValues, bytes.count == reply.count, !bytes.isEmpty else { return false }
    // memcmp: in each poll all configs are compared, and mostly they are equal to their last byte.
    return reply.withUnsafeBufferPointer { reply in
      bytes.withUnsafeBufferPointer {
        memcmp($0.baseAddress!, reply.baseAddress!, reply.count) == 0
      }
    }
  }

  /// The lines of a config that are not values.
  private static func description(in reply: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    reply.withUnsafeBufferPointer { reply in
      for line in reply.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
        let word = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        guard !word.suffix(6).elementsEqual(".value".utf8) else { continue }
        bytes += line
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    return bytes
  }

  /// The values that came with a config, as a fetch would have brought them.
  public static func readings(of answer: ConfigAnswer) -> [FetchedGraph] {
    answer.graphs.map { graph in
      var fetched = FetchedGraph(name: graph.name)
      for field in graph.fields {
        fetched.values += field.readings.map { FetchedValue(field: field.name, reading: $0) }
      }
      return fetched
    }
  }
}
