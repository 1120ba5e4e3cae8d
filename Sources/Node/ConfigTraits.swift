internal import MuninWire

/// What an outside plugin printed, as it is sent to the master: split at CR and LF, without empty lines and without lines
/// that hold nothing but a dot, which would end the reply early.
func cleanedLines(of output: [UInt8]) -> [UInt8] {
  var reply: [UInt8] = []
  reply.reserveCapacity(output.count + 1)
  for line in output.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
  where line.elementsEqual([0x2E]) == false {
    reply.append(contentsOf: line)
    reply.append(0x0A)
  }
  return reply
}

/// What the node learns from a plugin's config when it reads it for the service list.
struct ConfigTraits: Equatable {
  var isEmpty = true
  var isMultigraph = false
  var isDirty = false
  var hostName: String?

  init(_ reply: Span<UInt8>) {
    var lines = LineReader()
    while let range = lines.next(in: reply) {
      guard !range.isEmpty else { continue }
      isEmpty = false
      let line = reply.extracting(range)
      if line.hasPrefix("multigraph"), line.count > 10, line[10].isBlank {
        isMultigraph = true
      } else if hostName == nil, line.hasPrefix("host_name ") {
        var words = WordReader(from: 10)
        hostName = words.next(in: line).map { String(copying: line.extracting($0)) }
      } else if ConfigTraits.isValue(line) {
        isDirty = true
      }
    }
  }

  /// `field.value `, with nothing but word characters in the field's name.
  private static func isValue(_ line: Span<UInt8>) -> Bool {
    guard let dot = line.firstIndex(of: 0x2E), dot > 0, line.hasPrefix(".value ", at: dot) else {
      return false
    }
    for index in 0..<dot where !line[index].isWord { return false }
    return true
  }
}
