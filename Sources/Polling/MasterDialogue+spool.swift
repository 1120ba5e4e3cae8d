internal import Inventory
internal import MuninWire

/// The conversation with a node that has a spool: one request brings all that is new since the last one.
extension MasterDialogue {
  /// Asks for what is newer than the position. munin-asyncd gives all plugins of a round the time of its beginning: what it wrote behind
  /// the last answer may have the time of that answer's newest values, so these are asked for once more.
  mutating func askForSpool() {
    outgoing += "spoolfetch \(max(0, order.spoolPosition - 1))\n".utf8
    phase = .spool
  }

  /// Processes a line; `false` when more bytes are needed.
  mutating func readSpool(now: Int) throws(Failure) -> Bool {
    let buffer = self.buffer
    let bytes = buffer.span
    let found = bytes.firstIndex(of: 0x0A, from: scanned)
    if (found ?? buffer.count) - start > Bound.line {
      throw failure("a line of more than 64 KiB in its spool")
    }
    guard let end = found else {
      scanned = buffer.count
      return false
    }
    let isCarried = end > start && bytes[end - 1] == 0x0D
    let line = bytes.extracting(start..<(isCarried ? end - 1 : end))
    start = end + 1
    scanned = start
    if line.count == 1, line[0] == 0x2E {
      takePart(now: now)
      phase = .done
      if !staysOpen { outgoing += "quit \n".utf8 }
      return true
    }
    if line.hasPrefix("# Unknown command") {
      throw failure("expected a spool, found '\(String(copying: line).prefix(80))'")
    }
    reader.read(line)
    if reader.isOverfull { throw failure("more than 8 MiB of one plugin in its spool") }
    // Whoever sends a line now and then does not renew a time limit.
    spooledBytes += line.count + 1
    if spooledBytes >= Bound.spoolProgress {
      spooledBytes = 0
      progress += 1
    }
    if reader.isFull {
      takePart(now: now)
      hasPart = true
    }
    return true
  }

  private mutating func takePart(now: Int) {
    let part = reader.takeServices(known: order.known, now: now)
    services = part.services
    faults += part.faults
    // A node whose clock is ahead does not make the values to come look old.
    newest = max(newest, min(part.newest, now))
  }

  /// Goes on behind a part that was taken over.
  mutating func continueSpool(now: Int) throws(Failure) {
    services = []
    faults = []
    hasPart = false
    total = 0
    let nothing: [UInt8] = []
    try receive(nothing.span, now: now)
  }

  /// What is known of the spool after this part.
  var spool: Poll.Spool? {
    guard isSpool else { return nil }
    return Poll.Spool(
      position: hasPart || newest == 0 ? nil : newest, isPartial: hasPart)
  }
}
