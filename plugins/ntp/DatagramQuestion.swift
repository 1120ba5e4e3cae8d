internal import EventLoop

/// A question that fits a datagram, and what has come of its answer.
protocol DatagramQuestion {
  var isSettled: Bool { get }

  /// The datagram that asks.
  /// - Parameter attempt: 0 for the first.
  mutating func request(attempt: Int) -> [UInt8]

  /// Takes a datagram that belongs to this question.
  /// - Returns: whether it does.
  mutating func take(_ datagram: Span<UInt8>) -> Bool
}

/// How questions are put: several under way at once, each twice at most.
@LoopActor
struct DatagramAsker {
  /// Opens the socket; one for each attempt, so that late answers to the first are gone for the second.
  let open: @LoopActor () throws(IOError) -> Datagrams
  /// How long the next answer is waited for.
  let patience: Duration
  /// How many are under way at once: what the other side's queue holds of them, and ours of the answers.
  let window: Int
  let clock: LoopClock

  private static let attempts = 2

  /// Asks until all questions are settled, or nobody answers any more: those that are not settled then got none.
  /// - Throws: ``IOError`` when the other side is not there, or when it did not answer at all.
  func ask<Question: DatagramQuestion>(_ questions: inout [Question]) async throws(IOError) {
    for attempt in 0..<DatagramAsker.attempts where questions.contains(where: { !$0.isSettled }) {
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
      socket.setDeadline(clock.now.advanced(by: patience))
      // Foreign datagrams must not hold up the end: only what belongs here moves it.
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
