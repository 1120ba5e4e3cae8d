internal import MuninWire

/// The beginning of what was found instead, short enough for a line of the log.
func excerpt(_ text: Span<UInt8>) -> String {
  let end = min(text.firstIndex(of: 0x0A) ?? text.count, 60)
  return end == 0 ? "nothing" : "'\(String(copying: text.extracting(0..<end)))'"
}
