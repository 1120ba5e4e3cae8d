internal import MuninWire

/// The beginning of a text, quoted and short enough for a log line: what an error says was found.
func excerpt(_ text: Span<UInt8>) -> String {
  let end = min(text.firstIndex(of: 0x0A) ?? text.count, 60)
  return end == 0 ? "nothing" : "'\(String(copying: text.extracting(0..<end)))'"
}
