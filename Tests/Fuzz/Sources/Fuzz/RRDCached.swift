import RRD

/// rrdcached's answer to a batch: the first byte says how many commands that has, the second one into what parts the rest comes.
func feedRRDCached(_ input: [UInt8]) {
  guard input.count > 2 else { return }
  let commands = Int(input[0])
  var whole = RRDCachedAnswer(commands: commands)
  let bytes = input[2...]
  let isRead = (try? whole.read(bytes)) != nil
  demand(whole.refusals.count <= commands, "\(whole.refusals.count) of \(commands) refused")
  for refusal in whole.refusals {
    demand((0..<commands).contains(refusal.command), "command \(refusal.command) of \(commands)")
    demand(refusal.words.utf8.count <= 600, "a reason of \(refusal.words.utf8.count) bytes")
    demand((refusal.lastUpdate ?? 0) >= 0, "\(refusal.lastUpdate ?? 0)")
    demand(!refusal.words.utf8.contains { $0 < 0x20 }, "control characters")
  }
  // In whatever parts it comes, it is the same answer.
  var parts = RRDCachedAnswer(commands: commands)
  let size = max(1, Int(input[1]))
  var isReadInParts = true
  for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: size) where isReadInParts {
    isReadInParts = (try? parts.read(bytes[start..<min(start + size, bytes.endIndex)])) != nil
  }
  demand(isRead == isReadInParts, "read as a whole: \(isRead), in parts: \(isReadInParts)")
  demand(whole.refusals == parts.refusals && whole.isComplete == parts.isComplete, "other answers")
}
