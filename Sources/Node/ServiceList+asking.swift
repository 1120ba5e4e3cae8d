internal import EventLoop
internal import Glibc
internal import PluginKit
internal import Settings

/// Those answers that take time.
extension ServiceList {
  /// Asks a remote plugin, for as long as its deadline allows.
  func answer(
    _ plugin: any RemotePlugin, _ service: Service, _ question: PluginQuestion, on host: Host,
    into reply: inout Reply
  ) async {
    let start = reply.count
    let limit = plugin.deadline(on: host)
    let outcome = await EventLoop.result(within: limit, clock: clock) {
      () -> Result<Reply, PluginError> in
      var answer = Reply()
      do throws(PluginError) {
        switch question {
        case .fetch: try await plugin.values(on: host, into: &answer)
        case .config:
          answer.appendNodeName(of: plugin, service.name, host.settings)
          for graph in try await plugin.graphs(on: host) {
            answer.append(graph, multigraph: plugin.isMultigraph)
          }
        case .autoconf: answer.append(await plugin.autoconf(on: host).line)
        }
        return .success(answer)
      } catch {
        return .failure(error)
      }
    }
    switch outcome {
    case .success(var answer):
      reply.append(answer.bytes)
      settle(service.name, question, answer.takeComplaint())
    case .failure(let error): fail(service.name, error, back: start, in: &reply)
    case nil:
      reply.append("# Timed out\n")
      // A node that ends has not waited as long.
      if !Task.isCancelled {
        note("no answer within \(limit.components.seconds) s", of: service.name)
      }
    }
  }

  /// Runs an outside plugin.
  func run(
    _ path: String, _ service: Service, _ question: PluginQuestion, for caller: Caller,
    into reply: inout Reply
  ) async {
    let own = Duration.seconds(service.settings.timeout ?? node.timeout)
    let request = OutsidePlugins.Request(
      arguments: question == .fetch ? [] : [question.rawValue], master: caller.address,
      capabilities: caller.capabilities,
      limit: min(own, max(.seconds(1), caller.remaining - .seconds(5))))
    let answer = await outside.run(
      path, service: service.name, settings: service.settings, request)
    switch answer.body {
    case .lines(let lines): reply.append(lines)
    case .timedOut: reply.append("# Timed out\n")
    case .failed: reply.append("# Bad exit\n")
    }
    if let complaint = answer.complaint {
      note(complaint, of: service.name)
    } else {
      recovered(service.name)
    }
  }
}

/// How many processors this process may use.
func processors() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
