/// A question in chronyd's command protocol (version 6) and its answer: one datagram each way.
///
/// Only read commands are made here. The protocol has commands that change settings too, and chronyd obeys them on the
/// unix socket.
struct ChronyQuestion: DatagramQuestion {
  /// What is asked, each with its number.
  enum Subject: Sendable, Equatable {
    case sourceCount
    case source(UInt32)
    case tracking
    case sourceStatistics(UInt32)
    case serverStatistics
    case measurement(ChronyAddress)
    case sourceName(ChronyAddress)
  }

  enum Outcome: Sendable, Equatable {
    /// The reply code and the data.
    case answer(reply: UInt16, bytes: [UInt8])
    /// chronyd refuses; its status, for example 2 for a question that it answers on its unix socket only.
    case refused(status: UInt16)
    /// The other side uses another version of the protocol.
    case otherVersion
  }

  let subject: Subject
  let sequence: UInt32
  private(set) var outcome: Outcome?

  private static let replyHeader = 28

  init(_ subject: Subject, sequence: UInt32) {
    self.subject = subject
    self.sequence = sequence
  }

  var isSettled: Bool { outcome != nil }

  /// The request is padded to the length of the longest reply: chronyd never sends a reply longer than the request, so
  /// that it cannot be abused for amplification.
  func request(attempt: Int) -> [UInt8] {
    var bytes: [UInt8] = [6, 1, 0, 0]
    bytes.append(bigEndian: subject.command)
    bytes.append(bigEndian: UInt16(truncatingIfNeeded: attempt))
    bytes.append(bigEndian: UInt16(sequence >> 16))
    bytes.append(bigEndian: UInt16(sequence & 0xFFFF))
    bytes += [UInt8](repeating: 0, count: 8)
    switch subject {
    case .source(let index), .sourceStatistics(let index):
      bytes.append(bigEndian: UInt16(index >> 16))
      bytes.append(bigEndian: UInt16(index & 0xFFFF))
    case .measurement(let address), .sourceName(let address): bytes += address.bytes
    case .sourceCount, .tracking, .serverStatistics: break
    }
    bytes += [UInt8](repeating: 0, count: max(0, subject.replySize - bytes.count))
    return bytes
  }

  mutating func take(_ datagram: Span<UInt8>) -> Bool {
    guard !isSettled, datagram.count >= ChronyQuestion.replyHeader, datagram[1] == 2,
      datagram.longWord(at: 16) == sequence
    else { return false }
    let status = datagram.word(at: 8)
    guard datagram[0] == 6, status != 18 else {
      outcome = .otherVersion
      return true
    }
    guard datagram.word(at: 4) == subject.command else { return false }
    guard status == 0 else {
      outcome = .refused(status: status)
      return true
    }
    let bytes = datagram.extracting(ChronyQuestion.replyHeader..<datagram.count)
    outcome = .answer(
      reply: datagram.word(at: 6), bytes: bytes.withUnsafeBufferPointer(Array.init))
    return true
  }

  /// The reply code and the data of an answer.
  struct Answer {
    var reply: UInt16
    var bytes: [UInt8]
  }

  /// The answer, if it has one of these reply codes and at least so many bytes of data.
  func answer(_ replies: [UInt16: Int]) -> Answer? {
    guard case .answer(let reply, let bytes)? = outcome, let size = replies[reply],
      bytes.count >= size
    else { return nil }
    return Answer(reply: reply, bytes: bytes)
  }
}

extension ChronyQuestion.Subject {
  var command: UInt16 {
    switch self {
    case .sourceCount: 14
    case .source: 15
    case .tracking: 33
    case .sourceStatistics: 34
    case .serverStatistics: 54
    case .measurement: 57
    case .sourceName: 65
    }
  }

  /// The size of the longest reply to it, header included.
  var replySize: Int {
    switch self {
    case .sourceCount: 32
    case .source: 76
    case .tracking: 104
    case .sourceStatistics: 84
    case .serverStatistics: 196
    case .measurement: 172
    case .sourceName: 284
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian word: UInt16) {
    append(UInt8(word >> 8))
    append(UInt8(word & 0xFF))
  }
}
