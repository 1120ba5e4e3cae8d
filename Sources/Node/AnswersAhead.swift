internal import EventLoop
internal import PluginKit

/// Answers to what a master has asked without waiting: some are ready, some are being made, and all go out in the
/// order of the questions.
@LoopActor
struct AnswersAhead {
  private enum Answer {
    case ready(Reply)
    case running(Task<Reply, Never>)
  }

  private let limit: Int
  private var answers: [Answer] = []
  private var running = 0

  /// How many ready answers may wait behind one that is being made.
  private static let most = 64

  /// - Parameter limit: how many may be made at once.
  init(limit: Int) { self.limit = limit }

  /// Whether the first answer is still being made.
  var mustWait: Bool { if case .running = answers.first { true } else { false } }
  var isEmpty: Bool { answers.isEmpty }
  var isFull: Bool { running >= limit || answers.count >= AnswersAhead.most }

  mutating func append(_ answer: Reply) { answers.append(.ready(answer)) }

  /// Starts making an answer.
  mutating func append(_ body: @escaping @LoopActor @Sendable () async -> Reply) {
    running += 1
    answers.append(.running(EventLoop.start(body)))
  }

  /// Waits for the first answer and hands it over.
  mutating func takeFirst(into reply: inout Reply) async {
    switch answers.removeFirst() {
    case .ready(let answer): reply.append(answer.bytes)
    case .running(let task):
      let answer = await withTaskCancellationHandler {
        await task.value
      } onCancel: {
        task.cancel()
      }
      running -= 1
      reply.append(answer.bytes)
    }
  }

  /// Ends what is still being made: nobody waits for it any more.
  func cancel() {
    for case .running(let task) in answers { task.cancel() }
  }
}
