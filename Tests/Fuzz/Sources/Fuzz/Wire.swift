import MuninWire

/// A node's replies as the collector reads them, and every line as a node reads commands.
func feedWire(_ input: [UInt8]) {
  let config = ConfigAnswer(input.span, service: "disk")
  check(config.faults, lines: lineCount(input))
  for graph in config.graphs { check(graph) }
  demand(Set(config.graphs.map(\.name)).count == config.graphs.count, "a graph comes twice")

  // What was understood is written in a way that is understood the same.
  let text = rendered(config.graphs)
  let again = ConfigAnswer(text.span, service: "disk")
  demand(rendered(again.graphs) == text, "config changes on the way: \(String(copying: text.span))")

  let fetch = FetchAnswer(input.span, service: "disk")
  check(fetch.faults, lines: lineCount(input))
  for graph in fetch.graphs {
    for value in graph.values {
      demand(isFieldName(value.field), "field name '\(value.field)'")
      check(value.reading)
    }
  }

  // CR LF ends a line as LF does.
  let carried = input.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
  demand(ConfigAnswer(carried.span, service: "disk").graphs == config.graphs, "CR LF, config")
  demand(FetchAnswer(carried.span, service: "disk").graphs == fetch.graphs, "CR LF, fetch")

  var lines = LineReader()
  while let line = lines.next(in: input.span) { checkWords(input.span.extracting(line)) }
}

private func rendered(_ graphs: [Graph]) -> [UInt8] {
  var text: [UInt8] = []
  for graph in graphs { graph.render(into: &text, multigraph: true) }
  return text
}

private func check(_ faults: [WireFault], lines: Int) {
  demand(faults.count <= 51, "\(faults.count) faults: nobody reads so many")
  for fault in faults {
    demand((1...max(1, lines)).contains(fault.line), "no such line: \(fault)")
    demand(!fault.message.utf8.contains { $0 < 0x20 }, "control bytes in \(fault)")
  }
}

private func check(_ graph: Graph) {
  demand(isGraphName(graph.name), "graph name '\(graph.name)'")
  demand(Set(graph.fields.map(\.name)).count == graph.fields.count, "a field comes twice")
  demand(Set(graph.order).count == graph.order.count, "a field is drawn twice")
  demand(Set(graph.order).isSubset(of: graph.fields.map(\.name)), "an unknown field is drawn")
  if let rate = graph.updateRate { demand(rate > 0, "update_rate \(rate)") }
  check(graph.attributes)
  for field in graph.fields {
    demand(isFieldName(field.name), "field name '\(field.name)'")
    check(field.attributes)
    for reading in field.readings { check(reading) }
  }
}

private func check(_ attributes: [Attribute]) {
  for attribute in attributes {
    demand(!attribute.value.isEmpty, "\(attribute.name) is empty")
    demand(!attribute.value.utf8.contains { $0 < 0x20 }, "control bytes in \(attribute)")
  }
}

/// librrd gets exactly the number that was sent, in words that it takes.
private func check(_ reading: Reading) {
  var bytes: [UInt8] = []
  reading.append(to: &bytes)
  // What is no number is passed on as unknown.
  let passedOn = reading.isMalformed ? .unknown : reading
  demand(Reading(bytes.span) == passedOn, "\(reading) changes on the way")
  guard let value = reading.value else { return demand(reading.rrdText == "U", "\(reading)") }
  demand(value.isFinite, "\(reading)")
  demand(Double(reading.rrdText) == value, "\(reading) becomes \(reading.rrdText)")
  demand(!reading.rrdText.utf8.contains { $0 | 0x20 == 0x65 || $0 == 0x2B }, "\(reading.rrdText)")
}

private func checkWords(_ line: Span<UInt8>) {
  switch Command(line) {
  case .fetch(let name), .config(let name):
    demand(!name.utf8.contains { $0 == 0x20 || $0 == 0x09 }, "a service's name has a blank")
  case .list(let host?): demand(!host.isEmpty, "a host without a name")
  case .capabilities(let words): demand(!words.contains(""), "an empty capability")
  case .spoolFetch(let time): demand(time >= 0, "a time before all times")
  default: break
  }
  var words = WordReader()
  while let range = words.next(in: line) {
    let word = line.extracting(range)
    let text = String(copying: word)
    if let number = parseNumber(word) {
      demand(Double(text) == number, "\(text) is read as \(number)")
    }
    if let bounds = Bounds(text) {
      demand(Bounds(bounds.description) == bounds, "\(bounds) changes on the way")
    }
    for cleaning in FieldCleaning.allCases where !text.isEmpty {
      demand(isFieldName(cleaning.clean(text)), "'\(text)' is cleaned to no name")
    }
  }
}
