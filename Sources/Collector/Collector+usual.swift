internal import EventLoop
internal import Incidents
internal import Limits
internal import MuninWire
internal import RRD
internal import Text

/// Values beyond what is usual at their hour of the weekday, by the files.
extension Collector {
  /// Values of the last hour may not be in the files yet: the next digest looks at them.
  private static let delay = 3600
  /// munin's files have rows of two hours for 45 days, which six weeks and the last day take up.
  private static let longestSpan = 86_400

  /// Adds what is not usual to what a digest is made of. Values with limits come first; when the time is over, the others are left out, and
  /// that is said.
  func compare(
    with zone: ZoneFile, since: Int, until: Int, _ sources: inout DigestSources
  ) async {
    let end = max(until, since) - Self.delay
    let span = max(since - Self.delay, end - Self.longestSpan)..<end
    let deadline = clock.now.advanced(by: comparisonTime)
    var (compared, all) = (0, 0)
    var slices = WorkSlices()
    for isJudged in [true, false] {
      for node in nodes where !node.isRetired {
        for (name, graph) in node.graphs {
          await slices.pause()
          let fields = graph.fields.filter { $0.isJudged == isJudged }
          // Parts of other graphs have no place on the overview either.
          if fields.isEmpty || (!isJudged && name.utf8.contains(UInt8(ascii: "."))) { continue }
          all += fields.count
          guard clock.now < deadline else { continue }
          let drawn = node.drawn(graph)
          for field in fields {
            guard clock.now < deadline, !Task.isCancelled else { break }
            compared += 1
            guard let found = await finding(field, drawn, in: span, zone) else { continue }
            sources.unusual.append(
              DigestSources.UnusualValue(
                facts: SeriesFacts(
                  field.series, drawn, field.name, of: node, service: graph.service,
                  extinfo: nil, repeats: nil),
                series: field.series, found: found))
          }
        }
      }
    }
    if compared < all { (sources.compared, sources.comparable) = (compared, all) }
  }

  private func finding(
    _ field: GraphRecord.KnownField, _ graph: Graph, in span: Range<Int>, _ zone: ZoneFile
  ) async -> WeekdayHistory.Finding? {
    let unit = field.rules?.unit
    if let unit {
      // What is calculated of several fields is in no file.
      guard unit.fields == [0] else { return nil }
    } else if graph.field(field.name)?["cdef"] != nil || graph["graph_period"] != nil {
      return nil
    }
    let rows = try? await grapher.fetch(
      field.path, .average, start: span.lowerBound - WeekdayHistory.reach - 86_400,
      end: span.upperBound, resolution: WeekdayHistory.slot)
    guard let rows else { return nil }
    let values =
      unit.map { unit in
        rows.values.map { value in value.isNaN ? .nan : unit.value { _ in value } ?? .nan }
      } ?? rows.values
    return WeekdayHistory(start: rows.start, step: rows.step, values: values)
      .news(in: span, zone: zone)
  }
}
