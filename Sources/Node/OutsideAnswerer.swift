internal import EventLoop
internal import PluginKit
internal import Settings

/// An executable of the service directory, which is run for each question.
final class OutsideAnswerer: Answerer {
  private let path: String
  private let service: String
  private let settings: ServiceSettings
  private let plugins: OutsidePlugins

  init(_ path: String, for service: String, _ settings: ServiceSettings, by plugins: OutsidePlugins)
  {
    self.path = path
    self.service = service
    self.settings = settings
    self.plugins = plugins
  }

  func answer(
    _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) -> AnswerOutcome {
    let request = OutsidePlugins.Request(
      arguments: question == .fetch ? [] : [question.rawValue], master: caller.address,
      capabilities: caller.capabilities,
      limit: plugins.limit(of: settings, within: caller.deadline))
    return .later { [self] in await run(request) }
  }

  private func run(_ request: OutsidePlugins.Request) async -> LateAnswer {
    let answer = await plugins.run(path, service: service, settings: settings, request)
    var late = LateAnswer()
    switch answer.body {
    case .lines(let lines): late.reply.append(lines)
    case .timedOut: late.reply.append("# Timed out\n")
    case .failed: late.reply.append("# Bad exit\n")
    }
    // The node kills the plugins that still run when it ends, or when their sessions do: no fault of theirs.
    late.health =
      Task.isCancelled ? .unknown : answer.complaint.map { .error($0) } ?? .good
    return late
  }
}
