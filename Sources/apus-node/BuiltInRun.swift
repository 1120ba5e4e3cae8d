internal import EventLoop
internal import MuninWire
internal import Node
internal import PluginKit
internal import Plugins

/// Runs one built-in plugin outside the daemon: takes a word (`config`, `fetch`, ...), returns the text that a plugin
/// would print.
@LoopActor
struct BuiltInRun {
  let plugin: BuiltIn
  private let host: Host

  /// - Returns: `nil` when no built-in plugin has this name. A family's name without a suffix (`if_`) is one too.
  init?(named name: String, settings: [String: String]) {
    guard let plugin = BuiltInRun.plugin(named: name) else { return nil }
    self.plugin = plugin
    host = Host(service: name, settings: settings)
  }

  /// Whether there is a built-in plugin of this name.
  static nonisolated func knows(_ name: String) -> Bool { plugin(named: name) != nil }

  private static nonisolated func plugin(named name: String) -> BuiltIn? {
    builtIn.first { "\($0.description.name)" == name }
      ?? FamilyName.plugin(named: name, among: builtIn)
  }

  /// Answers one word: none or `fetch`, `config`, `autoconf`, `suggest`.
  func answer(_ word: String) async -> CommandResult {
    do throws(PluginError) {
      switch word {
      case "", "fetch": return try await values()
      case "config": return CommandResult(try await config())
      case "autoconf": return CommandResult(await autoconf())
      case "suggest": return CommandResult(await suggestions().map { $0 + "\n" }.joined())
      default:
        return CommandResult(
          errors: "\(host.service): unknown word '\(word)', expected config, autoconf or suggest\n",
          status: 1)
      }
    } catch {
      return CommandResult(errors: "\(host.service): \(error)\n", status: 1)
    }
  }

  private func values() async throws(PluginError) -> CommandResult {
    var reply = Reply()
    switch plugin {
    case .local(let plugin): try plugin.values(on: host, into: &reply)
    case .remote(let plugin): try await plugin.values(on: host, into: &reply)
    }
    // A node logs what a plugin says there.
    let complaint = reply.takeComplaint().map { "\(host.service): \($0)\n" }
    return CommandResult(reply.text, errors: complaint ?? "")
  }

  private func config() async throws(PluginError) -> String {
    let graphs: [Graph]
    switch plugin {
    case .local(let plugin): graphs = try plugin.graphs(on: host)
    case .remote(let plugin): graphs = try await plugin.graphs(on: host)
    }
    var reply = Reply()
    reply.appendNodeName(of: plugin.description, host.service, host.settings)
    for graph in graphs { reply.append(graph, multigraph: plugin.description.isMultigraph) }
    return reply.text
  }

  private func autoconf() async -> String {
    let answer: Availability
    switch plugin {
    case .local(let plugin): answer = plugin.autoconf(on: host)
    case .remote(let plugin): answer = await plugin.autoconf(on: host)
    }
    return answer.line
  }

  /// The suffixes of a family's services on this machine: `eth0` of `if_`.
  func suggestions() async -> [String] {
    switch plugin {
    case .local(let plugin): plugin.suggestions(on: host)
    case .remote(let plugin): await plugin.suggestions(on: host)
    }
  }
}
