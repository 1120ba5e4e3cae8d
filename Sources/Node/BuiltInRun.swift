public import Daemon
public import EventLoop
internal import MuninWire
internal import PluginKit
internal import Plugins

/// A built-in plugin run by itself, as munin-run and stock masters' nodes run plugins: a word in, text out.
@LoopActor
public struct BuiltInRun {
  private let plugin: BuiltIn
  private let host: Host

  /// The plugin that a service's name means, a family's bare name (`if_`) included; `nil` for none.
  public init?(named name: String, settings: [String: String]) {
    guard let plugin = BuiltInRun.plugin(named: name) else { return nil }
    self.plugin = plugin
    host = Host(service: name, settings: settings)
  }

  /// Whether there is a built-in plugin of this name.
  public static nonisolated func knows(_ name: String) -> Bool { plugin(named: name) != nil }

  private static nonisolated func plugin(named name: String) -> BuiltIn? {
    builtIn.first { "\($0.description.name)" == name }
      ?? FamilyName.plugin(named: name, among: builtIn)
  }

  /// Answers one word: none or `fetch`, `config`, `autoconf`, `suggest`.
  public func answer(_ word: String) async -> CommandResult {
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

  /// The suffixes that a family may have here.
  func suggestions() async -> [String] {
    switch plugin {
    case .local(let plugin): plugin.suggestions(on: host)
    case .remote(let plugin): await plugin.suggestions(on: host)
    }
  }

  // MARK: Through a link

  /// The program called by a plugin's name, by a stock munin-node say: it *is* that plugin.
  /// - Parameters:
  ///   - name: what it was called.
  ///   - word: its first argument; empty for none.
  ///   - environment: `NAME=VALUE`; a node hands a plugin its settings there.
  public static func asPlugin(
    _ name: String, _ word: String, environment: [String] = OwnProcess.environment
  ) async -> CommandResult {
    var settings: [String: String] = [:]
    for entry in environment {
      guard let sign = entry.firstIndex(of: "=") else { continue }
      settings[String(entry[..<sign])] = String(entry[entry.index(after: sign)...])
    }
    guard let run = BuiltInRun(named: name, settings: settings) else {
      return CommandResult(
        errors: "\(name): a link to apus-node, but there is no built-in plugin of that name\n",
        status: 2)
    }
    // As munin's own library has it: a node that does not know multigraphs is not shown one.
    if run.plugin.description.isMultigraph, settings["MUNIN_CAP_MULTIGRAPH"] == nil {
      return CommandResult(word == "autoconf" ? "no (no multigraph support)\n" : "")
    }
    return await run.answer(word)
  }
}
