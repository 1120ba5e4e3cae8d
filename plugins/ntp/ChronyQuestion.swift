/// A question in chronyd's command protocol (version 6) and what has come of its answer: one datagram each way.
///
/// Only questions are made here; the protocol has orders too, and the unix socket would take them.
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
    /// The reply's own code, and what it brings.
    case answer(reply: UInt16, bytes: [UInt8])
    /// chronyd refuses, by its status.
    case refused(status: UInt16)
    /// Something answers that talks another version.
    case otherVersion
  }

  /// The status of a question that only the unix socket may ask.
  static let unauthorized: UInt16 = 2

  let subject: Subject
  let sequence: UInt32
  private(set) var outcome: Outcome?

  private static let requestHeader = 20
  private static let replyHeader = 28

  init(_ subject: Subject, sequence: UInt32) {
    self.subject = subject
    self.sequence = sequence
  }

  var isSettled: Bool { outcome != nil }

  /// The datagram is as long as the longest answer, or chronyd stays silent: it gives nobody more than he sent.
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

  /// What an answer brought.
  struct Answer {
    var reply: UInt16
    var bytes: [UInt8]
  }

  /// What an answer brings, if it is one of these replies and long enough.
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

  /// The size of the longest reply there is to it, header included.
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
