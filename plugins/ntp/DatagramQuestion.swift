internal import EventLoop

/// A question that is one datagram, and its answer.
protocol DatagramQuestion {
  var isSettled: Bool { get }

  /// The datagram that asks.
  /// - Parameter attempt: 0 for the first.
  mutating func request(attempt: Int) -> [UInt8]

  /// Adds a received datagram to the answer.
  /// - Returns: whether it belongs to this question.
  mutating func take(_ datagram: Span<UInt8>) -> Bool
}

/// Sends questions, several at once, each at most twice, and collects the answers.
@LoopActor
struct DatagramAsker {
  /// Opens a socket; each attempt has its own, so that late answers to the first do not reach the second.
  let open: @LoopActor () throws(IOError) -> Datagrams
  /// How long the next answer is waited for.
  let limit: Duration
  /// How many questions may wait for answers at once: as many as the queues of both sides hold.
  let window: Int
  let clock: LoopClock

  private static let attempts = 2

  /// Asks until all questions are settled or no further answer comes. Questions that are not settled then have no answer.
  /// - Throws: ``IOError`` when the other side refuses, or when it did not answer at all.
  func ask<Question: DatagramQuestion>(_ questions: inout [Question]) async throws(IOError) {
    for attempt in 0..<DatagramAsker.attempts where questions.contains(where: { !$0.isSettled }) {
      // Another place has answered meanwhile.
      if Task.isCancelled { break }
      do throws(IOError) {
        try await ask(&questions, attempt)
      } catch .timedOut {
        continue
      }
    }
    if !questions.isEmpty, !questions.contains(where: \.isSettled) { throw .timedOut }
  }

  private func ask<Question: DatagramQuestion>(
    _ questions: inout [Question], _ attempt: Int
  ) async throws(IOError) {
    let socket = try open()
    defer { socket.close() }
    var next = 0
    var underWay = 0
    func send() throws(IOError) {
      while underWay < window, next < questions.count {
        if !questions[next].isSettled {
          try socket.send(questions[next].request(attempt: attempt))
          underWay += 1
        }
        next += 1
      }
    }
    try send()
    while underWay > 0 {
      socket.setDeadline(clock.now.advanced(by: limit))
      // Datagrams that belong to no question must not move the deadline.
      while try await receive(from: socket, for: &questions) == .nothing {}
      underWay = questions[..<next].count { !$0.isSettled }
      try send()
    }
  }

  private enum Arrival: Sendable { case nothing, something }

  private func receive<Question: DatagramQuestion>(
    from socket: Datagrams, for questions: inout [Question]
  ) async throws(IOError) -> Arrival {
    let bytes = try await socket.receive { $0.withUnsafeBufferPointer(Array.init) }
    for index in questions.indices where !questions[index].isSettled {
      if questions[index].take(bytes.span) { return .something }
    }
    return .nothing
  }
}

extension IOError {
  /// What went wrong, for messages that name the other side themselves: `Connection refused`.
  var cause: String {
    if case .system(_, _, let code) = self { IOError.words(for: code) } else { "\(self)" }
  }
}
