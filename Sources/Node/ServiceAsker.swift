internal import EventLoop
internal import Logbook
internal import PluginKit

/// A reply that has to be waited for. It is called once.
typealias LateReply = @LoopActor @Sendable () async -> Reply

/// Asks services, and logs of each what is wrong with it, once until it changes.
@LoopActor
final class ServiceAsker {
  private let log: Logbook
  /// The error that is in force for each question to a service.
  private var errors = OnceLog<Subject>()

  /// A plugin that gives its config may fail at its values: one says nothing of the other.
  private struct Subject: Hashable, Sendable {
    let service: String
    let isConfig: Bool

    init(_ service: String, _ question: PluginQuestion) {
      self.init(service, isConfig: question != .fetch)
    }

    private init(_ service: String, isConfig: Bool) {
      self.service = service
      self.isConfig = isConfig
    }

    /// The other question.
    var other: Subject { Subject(service, isConfig: !isConfig) }
  }

  init(log: Logbook) { self.log = log }

  /// Appends a service's whole answer, with its closing dot, where that takes no waiting.
  /// - Returns: what gives the whole answer, where it has to be waited for.
  func answer(
    of service: Service, _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) -> LateReply? {
    switch service.answerer.answer(question, for: caller, into: &reply) {
    case .now(let health):
      record(health, of: service.name, question)
      reply.append(".\n")
      return nil
    case .later(let wait):
      let name = service.name
      return { [self] in
        var answer = await wait()
        record(answer.health, of: name, question)
        answer.reply.append(".\n")
        return answer.reply
      }
    }
  }

  /// A service's answer, without a closing dot, and what it tells of the service.
  func answer(
    of service: Service, _ question: PluginQuestion, for caller: Caller
  ) async -> LateAnswer {
    var answer = LateAnswer()
    switch service.answerer.answer(question, for: caller, into: &answer.reply) {
    case .now(let health): answer.health = health
    case .later(let wait): answer = await wait()
    }
    record(answer.health, of: service.name, question)
    return answer
  }

  /// Logs what an answer tells of its service, where that is new.
  func record(_ health: AnswerHealth, of name: String, _ question: PluginQuestion = .config) {
    switch health {
    case .good:
      // The usual case, on the road of each answer.
      guard !errors.isEmpty else { return }
      let subject = Subject(name, question)
      guard errors.update(nil, of: subject) != nil, errors[subject.other] == nil else { return }
      log.note("\(name): answers again")
    case .unknown: break
    case .error(let error):
      let subject = Subject(name, question)
      guard errors.update(error, of: subject) != nil, errors[subject.other] != error else { return }
      log.note("\(name): \(error)")
    }
  }
}
