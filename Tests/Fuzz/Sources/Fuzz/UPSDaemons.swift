@testable import Plugins

/// What upsd and apcupsd may send; the first byte says how it is cut into pieces.
func feedUPSDaemons(_ input: [UInt8]) {
  let size = Int(input.first ?? 0) + 1
  let bytes = Array(input.dropFirst())
  feedLines(bytes, size)
  feedRecords(bytes, size)
}

/// A piece at a time.
private func pieces(_ bytes: [UInt8], _ size: Int, _ body: ([UInt8]) -> Bool) {
  var start = 0
  while start < bytes.count {
    guard body(Array(bytes[start..<min(start + size, bytes.count)])) else { return }
    start += size
  }
}

private func feedLines(_ bytes: [UInt8], _ size: Int) {
  var cutter = LineCutter(longest: NUTLine.longest)
  var answer = NUTAnswer(["VAR", "eaton"])
  var isOver = false
  pieces(bytes, size) { piece in
    guard let lines = try? cutter.take(piece.span) else { return false }
    for line in lines where !isOver {
      if let words = NUTLine.words(line) {
        demand(words.allSatisfy { $0.utf8.count <= 3 * line.count }, "words longer than their line")
        let again = NUTLine.words(Array(words.map(NUTLine.quoted).joined(separator: " ").utf8))
        // Control characters are not sent.
        let isPlain = words.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } }
        demand(!isPlain || again == words, "words as they are sent are other words")
      }
      isOver = answer.take(line) != .more
    }
    return true
  }
  demand(answer.rows.count <= NUTAnswer.most, "more variables than there may be")
  var variables: [String: String] = [:]
  for row in answer.rows where row.count == 2 { variables[row[0]] = row[1] }
  check(UPSReading(nut: variables, now: 1_795_521_600))
}

private func feedRecords(_ bytes: [UInt8], _ size: Int) {
  var status = NISStatus()
  pieces(bytes, size) { status.take($0.span) == .more }
  demand(status.lines.count <= NISStatus.mostLines, "more lines than there may be")
  var whole = NISStatus()
  let step = whole.take(bytes.span)
  // In one piece as in many, up to where it went wrong.
  if step == .more { demand(whole.lines == status.lines, "pieces make another answer") }
  check(UPSReading(status, now: 1_795_521_600))
}

private func check(_ reading: UPSReading) {
  for quantity in UPSQuantity.allCases {
    for phase in 0..<UPSReading.phases {
      guard let value = reading[quantity, phase] else { continue }
      demand(quantity.bounds.contains(value), "\(quantity) is \(value)")
    }
  }
  demand(
    !reading.state.contains(.onLine) || !reading.state.contains(.onBattery),
    "on line and on battery")
}
