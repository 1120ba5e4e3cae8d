internal import EventLoop
internal import Logbook
internal import PluginKit

/// A built-in plugin that looks at this machine: it answers at once, or when its slow reads are over.
final class LocalAnswerer: Answerer {
  private let plugin: any Plugin
  private let host: Host
  private let log: Logbook

  init(_ plugin: any Plugin, on host: Host, log: Logbook) {
    self.plugin = plugin
    self.host = host
    self.log = log
  }

  func answer(
    _ question: PluginQuestion, for caller: Caller, into reply: inout Reply
  ) -> AnswerOutcome {
    var reads = SlowReads()
    plugin.slowReads(for: question, on: host, into: &reads)
    if reads.isEmpty { return .now(write(question, into: &reply)) }
    return later(question, after: reads)
  }

  private func later(_ question: PluginQuestion, after reads: SlowReads) -> AnswerOutcome {
    .later { [self] in
      await SlowReadRunner.shared.run(reads, on: host, log: log)
      var answer = LateAnswer()
      answer.health = write(question, into: &answer.reply)
      return answer
    }
  }

  private func write(_ question: PluginQuestion, into reply: inout Reply) -> AnswerHealth {
    let start = reply.count
    do throws(PluginError) {
      switch question {
      case .fetch: try plugin.values(on: host, into: &reply)
      case .config:
        for graph in try plugin.graphs(on: host) {
          reply.append(graph, multigraph: plugin.isMultigraph)
        }
      case .autoconf: reply.append(plugin.autoconf(on: host).line)
      }
      return reply.health(after: question)
    } catch {
      return reply.fail(error, back: start)
    }
  }
}
