/// A question in the control protocol of ntpd ("mode 6", RFC 9327) and its answer, which may come in several pieces, in
/// any order.
struct ControlQuestion: DatagramQuestion {
  enum Opcode: UInt8, Sendable {
    /// Of association 0: the list of associations.
    case readStatus = 1
    case readVariables = 2
  }

  enum Outcome: Sendable, Equatable {
    case answer(status: UInt16, bytes: [UInt8])
    /// The daemon refuses; its error code.
    case refused(code: UInt8)
  }

  // Error codes that have a meaning here.
  static let noSuchAssociation: UInt8 = 4
  static let unknownVariable: UInt8 = 5

  let opcode: Opcode
  /// 0 is the daemon itself.
  let association: UInt16
  /// The names of the wanted variables; empty for the daemon's default list.
  let variables: StaticString
  let sequence: UInt16
  private(set) var outcome: Outcome?

  /// The pieces received so far, by their offset in the answer.
  private var pieces: [Piece] = []
  private var end: Int?

  private struct Piece {
    var start: Int
    var bytes: [UInt8]

    var end: Int { start + bytes.count }
  }

  /// A bound on the answer: as ntpq, at most 32 pieces. Real answers have two or three.
  private static let largest = 32 * 468
  private static let header = 12

  init(
    _ opcode: Opcode, of association: UInt16 = 0, variables: StaticString = "", sequence: UInt16
  ) {
    self.opcode = opcode
    self.association = association
    self.variables = variables
    self.sequence = sequence
  }

  var isSettled: Bool { outcome != nil }

  mutating func request(attempt: Int) -> [UInt8] {
    // Pieces of the answer to the last attempt may be older than those of the next.
    pieces = []
    end = nil
    var bytes: [UInt8] = [0x16, opcode.rawValue]
    for word in [sequence, 0, association, 0, UInt16(variables.utf8CodeUnitCount)] {
      bytes.append(UInt8(word >> 8))
      bytes.append(UInt8(word & 0xFF))
    }
    variables.withUTF8Buffer { bytes.append(contentsOf: $0) }
    while bytes.count % 4 != 0 { bytes.append(0) }
    return bytes
  }

  mutating func take(_ datagram: Span<UInt8>) -> Bool {
    guard !isSettled, datagram.count >= ControlQuestion.header else { return false }
    // Version 2, mode 6. An answer carries the leap bits in the same byte.
    guard datagram[0] & 0x3F == 0x16, datagram[1] & 0x9F == 0x80 | opcode.rawValue,
      datagram.word(at: 2) == sequence
    else { return false }
    let status = datagram.word(at: 4)
    if datagram[1] & 0x40 != 0 {
      outcome = .refused(code: UInt8(status >> 8))
      return true
    }
    guard datagram.word(at: 6) == association else { return false }
    let start = Int(datagram.word(at: 8))
    let count = Int(datagram.word(at: 10))
    let isLast = datagram[1] & 0x20 == 0
    guard count <= datagram.count - ControlQuestion.header,
      start + count <= ControlQuestion.largest, isLast || count > 0
    else { return true }
    keep(datagram, from: start, count: count, isLast: isLast)
    settle(status)
    return true
  }

  /// Keeps a piece, unless it overlaps another, lies behind the end or is a second end.
  private mutating func keep(_ datagram: Span<UInt8>, from start: Int, count: Int, isLast: Bool) {
    let stop = start + count
    if let end, isLast || stop > end { return }
    if isLast, let last = pieces.last, last.end > start { return }
    let place = pieces.firstIndex { $0.start >= start } ?? pieces.count
    if place > 0, pieces[place - 1].end > start { return }
    if place < pieces.count, pieces[place].start < stop || pieces[place].start == start { return }
    if isLast { end = stop }
    guard count > 0 else { return }
    let bytes = datagram.extracting(ControlQuestion.header..<ControlQuestion.header + count)
    pieces.insert(Piece(start: start, bytes: bytes.withUnsafeBufferPointer(Array.init)), at: place)
  }

  private mutating func settle(_ status: UInt16) {
    guard let end else { return }
    var reached = 0
    for piece in pieces {
      guard piece.start == reached else { return }
      reached = piece.end
    }
    guard reached == end else { return }
    outcome = .answer(
      status: status, bytes: pieces.count == 1 ? pieces[0].bytes : pieces.flatMap(\.bytes))
    pieces = []
  }
}

extension Span where Element == UInt8 {
  /// The number in two bytes, the high one first.
  func word(at position: Int) -> UInt16 {
    UInt16(self[position]) << 8 | UInt16(self[position + 1])
  }

  /// The number in four bytes, the highest first.
  func longWord(at position: Int) -> UInt32 {
    UInt32(word(at: position)) << 16 | UInt32(word(at: position + 2))
  }
}
