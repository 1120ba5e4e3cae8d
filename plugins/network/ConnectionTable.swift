internal import MuninWire

/// How many connections the kernel's firewall tracks, by state, from the lines of `/proc/net/nf_conntrack`.
///
/// A line names the protocol, the seconds it has left, for TCP a state, and then the addresses twice: as the
/// connection began, and as its answers come, which differ where addresses are translated.
///
///     ipv4 2 tcp 6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.1 sport=1 dport=22 src=10.0.0.1 dst=10.0.0.2 … [ASSURED]
struct ConnectionTable: Sendable, Equatable {
  var total: UInt64 = 0
  var udp: UInt64 = 0
  var established: UInt64 = 0
  var finWait: UInt64 = 0
  var timeWait: UInt64 = 0
  var synSent: UInt64 = 0
  /// Both sides have spoken, so that the kernel keeps these when its table is full.
  var assured: UInt64 = 0
  /// With translated addresses.
  var translated: UInt64 = 0
  /// Established ones whose answers go to the address that began them.
  var local: UInt64 = 0
  /// The other established ones: their sender's address is translated.
  var forwarded: UInt64 = 0

  /// Counts one line.
  mutating func count(_ line: Span<UInt8>) {
    total += 1
    var words = WordReader()
    // How many words came after `tcp`: its number, the seconds left, the state.
    var behindTCP: Int?
    // Other protocols have this state too.
    var isEstablished = false
    var tuple = Tuple()
    while let word = words.next(in: line) {
      let text = line.extracting(word)
      if behindTCP == 2 { count(state: text) }
      behindTCP = text.isEqual(to: "tcp") ? 0 : behindTCP.flatMap { $0 < 2 ? $0 + 1 : nil }
      if text.isEqual(to: "udp") { udp += 1 }
      if text.isEqual(to: "[ASSURED]") { assured += 1 }
      if text.isEqual(to: "ESTABLISHED") { isEstablished = true }
      tuple.add(word, in: line)
    }
    guard let ends = tuple.ends else { return }
    let sourceIsAnswered = line.extracting(ends.source).isEqual(
      to: line.extracting(ends.replyDestination))
    let destinationAnswers = line.extracting(ends.destination).isEqual(
      to: line.extracting(ends.replySource))
    if !sourceIsAnswered || !destinationAnswers { translated += 1 }
    if isEstablished, sourceIsAnswered { local += 1 }
    if isEstablished, !sourceIsAnswered { forwarded += 1 }
  }

  private mutating func count(state: Span<UInt8>) {
    if state.isEqual(to: "ESTABLISHED") { established += 1 }
    if state.isEqual(to: "FIN_WAIT") { finWait += 1 }
    if state.isEqual(to: "TIME_WAIT") { timeWait += 1 }
    if state.isEqual(to: "SYN_SENT") { synSent += 1 }
  }

  /// The addresses of a line: the first pair that ports follow, and the last pair of the line.
  private struct Tuple {
    private var source: Range<Int>?
    private var pair: (source: Range<Int>, destination: Range<Int>)?
    private var first: (source: Range<Int>, destination: Range<Int>)?
    private var last: (source: Range<Int>, destination: Range<Int>)?

    mutating func add(_ word: Range<Int>, in line: Span<UInt8>) {
      let value = word.lowerBound + 4..<max(word.upperBound, word.lowerBound + 4)
      if line.hasPrefix("src=", at: word.lowerBound) {
        source = value
        pair = nil
      } else if line.hasPrefix("dst=", at: word.lowerBound), let known = source {
        source = nil
        pair = (known, value)
        if first != nil { last = pair }
      } else {
        if first == nil, line.hasPrefix("sport", at: word.lowerBound) { first = pair }
        source = nil
        pair = nil
      }
    }

    /// `nil` for a line without ports or without the way back.
    var ends:
      (
        source: Range<Int>, destination: Range<Int>, replySource: Range<Int>,
        replyDestination: Range<Int>
      )?
    {
      guard let first, let last else { return nil }
      return (first.source, first.destination, last.source, last.destination)
    }
  }
}

extension Span where Element == UInt8 {
  fileprivate func isEqual(to other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where self[index] != other[index] { return false }
    return true
  }
}
