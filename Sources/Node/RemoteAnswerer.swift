internal import EventLoop
internal import PluginKit

/// A built-in plugin that asks a daemon or a device, for as long as its deadline allows.
final class RemoteAnswerer: Answerer {
  private let plugin: any RemotePlugin
  private let host: Host
  private let clock: LoopClock

  init(_ plugin: any RemotePlugin, on host: Host, clock: LoopClock) {
    self.plugin = plugin
    self.host = host
    self.clock = clock
  }

  func answer(
    _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) -> AnswerOutcome {
    .later { [self] in await answer(question) }
  }

  private func answer(_ question: PluginQuestion) async -> LateAnswer {
    let limit = plugin.deadline(on: host)
    let answer = await EventLoop.result(within: limit, clock: clock) { [self] in
      await write(question)
    }
    if let answer { return answer }
    var late = LateAnswer()
    late.reply.append("# Timed out\n")
    // A node that ends has not waited as long.
    if !Task.isCancelled {
      late.health = .error("no answer within \(limit.components.seconds) s")
    }
    return late
  }

  private func write(_ question: PluginQuestion) async -> LateAnswer {
    var answer = LateAnswer()
    do throws(PluginError) {
      switch question {
      case .fetch: try await plugin.values(on: host, into: &answer.reply)
      case .config:
        answer.reply.appendNodeName(of: plugin, host.service, host.settings)
        for graph in try await plugin.graphs(on: host) {
          answer.reply.append(graph, multigraph: plugin.isMultigraph)
        }
      case .autoconf: answer.reply.append(await plugin.autoconf(on: host).line)
      }
      answer.health = answer.reply.health(after: question)
    } catch {
      answer.health = answer.reply.fail(error, back: 0)
    }
    return answer
  }
}
