extension Graph {
  /// The attributes that come first, in the order of munin's own plugins.
  private static let leading = [
    "graph_title", "graph_args", "graph_vlabel", "graph_scale", "graph_period", "graph_category",
    "graph_info", "graph_order",
  ]

  /// Appends the lines of the config reply: the graph's attributes, the well-known ones first, then
  /// each field's as they stand and its readings.
  ///
  /// - Parameter multigraph: whether a line `multigraph NAME` goes before.
  public func render(into reply: inout [UInt8], multigraph: Bool = false) {
    if multigraph { appendLine(&reply, "multigraph", name) }
    for name in Self.leading {
      if let value = self[name] { appendLine(&reply, name, value) }
    }
    for attribute in attributes where !Self.leading.contains(attribute.name) {
      appendLine(&reply, attribute.name, attribute.value)
    }
    for field in fields { field.render(into: &reply) }
  }
}

extension Field {
  /// Appends the field's lines of the config reply.
  func render(into reply: inout [UInt8]) {
    for attribute in attributes {
      reply.append(contentsOf: name.utf8)
      reply.append(0x2E)
      appendLine(&reply, attribute.name, attribute.value)
    }
    for reading in readings {
      reply.append(contentsOf: name.utf8)
      reply.append(contentsOf: ".value ".utf8)
      reading.append(to: &reply)
      reply.append(0x0A)
    }
  }
}

/// Appends `name value`. Control characters become blanks: a line break in a label must not turn
/// into a line of its own.
private func appendLine(_ reply: inout [UInt8], _ name: String, _ value: String) {
  reply.append(contentsOf: name.utf8)
  reply.append(0x20)
  // In one piece and then a look at it: byte by byte this was an eighth of a node's work (make bench).
  let start = reply.count
  reply.append(contentsOf: value.utf8)
  var bytes = reply.mutableSpan
  for index in start..<bytes.count where bytes[index] < 0x20 { bytes[index] = 0x20 }
  reply.append(0x0A)
}
