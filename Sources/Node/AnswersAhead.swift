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
  mutating func append(_ answer: @escaping LateReply) {
    running += 1
    answers.append(.running(EventLoop.start(answer)))
  }

  /// The first answer, taken off; waits for one that is still being made.
  mutating func takeFirst() async -> Reply {
    switch answers.removeFirst() {
    case .ready(let answer): return answer
    case .running(let task):
      let answer = await withTaskCancellationHandler {
        await task.value
      } onCancel: {
        task.cancel()
      }
      running -= 1
      return answer
    }
  }

  /// Cancels the answers that are still being made: the session is over.
  func cancel() {
    for case .running(let task) in answers { task.cancel() }
  }
}
